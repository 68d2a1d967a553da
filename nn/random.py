"""Random numbers: one seed for all, of which each layer and initializer gets a generator of its own."""

from __future__ import annotations

import random as python_random
from typing import Any

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


def get_state() -> dict[str, Any]:
    """What all further random numbers follow from, those of Python, NumPy and this package.

    >>> before = get_state(); first = generator().random()
    >>> set_state(before); generator().random() == first
    True
    """
    own = {name: getattr(_root, name) for name in ("entropy", "spawn_key", "n_children_spawned")}
    return {"nn": own, "numpy": np.random.get_state(legacy=False), "python": python_random.getstate()}


def set_state(state: dict[str, Any]) -> None:
    """Go on where `get_state` was called, perhaps in another process. Raises ValueError for what is no such state."""
    global _root
    version, numbers, gauss = state["python"]
    _check(state["numpy"])
    python_random.setstate((version, tuple(numbers), gauss))
    np.random.set_state(state["numpy"])
    entropy, key, count = (state["nn"][name] for name in ("entropy", "spawn_key", "n_children_spawned"))
    _root = np.random.SeedSequence(entropy, spawn_key=tuple(key), n_children_spawned=count)


def set_generator_state(generator: np.random.Generator, state: dict[str, Any]) -> None:
    """Let a generator go on from a state, `generator.bit_generator.state`. Raises ValueError for what is none."""
    _check(state)
    generator.bit_generator.state = state


def _check(state: dict[str, Any]) -> None:
    """Of this one number NumPy believes what it is told, and reads at any place of the memory."""
    position = state["state"].get("pos", 0)
    if not 0 <= position <= 624:
        raise ValueError(f"the state of a random generator has the position {position}, expected 0 to 624")
