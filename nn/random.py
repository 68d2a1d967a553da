"""Random numbers: one seed for all, of which each layer and initializer gets a generator of its own."""

from __future__ import annotations

import random as python_random

import numpy as np

_root = np.random.SeedSequence()


def set_random_seed(seed: int) -> None:
    """Seed Python's, NumPy's and this package's random numbers: the same calls then give the same numbers.

    Raises ValueError for what is no whole number of 32 bits.

    >>> set_random_seed(1); first = generator().random()
    >>> set_random_seed(1); generator().random() == first
    True
    """
    global _root
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**32:
        raise ValueError(f"set_random_seed: got {seed!r}, expected a whole number from 0 to 2**32 - 1")
    python_random.seed(int(seed))
    np.random.seed(int(seed))
    _root = np.random.SeedSequence(int(seed))


def generator(seed: int | None = None) -> np.random.Generator:
    """A generator of its own: for a seed always the same one, else the next that follows from `set_random_seed`."""
    return np.random.default_rng(_root.spawn(1)[0] if seed is None else seed)
