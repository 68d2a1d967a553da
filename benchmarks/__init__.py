"""Benchmarks: what the engine costs, measured beside its peers."""
