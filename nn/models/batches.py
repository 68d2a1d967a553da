"""Batches of data: of arrays, and of whatever can be iterated over; both can go on where another process was."""

from __future__ import annotations

import math
from collections.abc import Iterator
from copy import deepcopy
from itertools import chain, islice
from operator import itemgetter
from typing import Any

import numpy as np

from autodiff.tree import map_leaves

from .. import random
from .data import Batch, arrays, count_rows, is_data, weights_of_classes


class ArrayBatches:
    """Rows of arrays in batches; each round in another order, if they are shuffled."""

    def __init__(
        self, x: Any, y: Any, sample_weight: Any, batch_size: int | None, shuffle: bool = False,
        steps: int | None = None,
    ) -> None:  # fmt: skip
        self.data = x, y, sample_weight
        self.rows = count_rows(self.data)
        self.size = min(_batch_size(batch_size), max(self.rows, 1))
        self._steps = steps
        self.shuffle = shuffle
        self._generator = random.generator() if shuffle else None
        self._before: Any = None  # the generator's state before the order of this round was drawn
        self._first = 0  # batch of the next round, where one goes on

    @property
    def count(self) -> int:
        """The number of batches."""
        count = math.ceil(self.rows / self.size)
        return count if self._steps is None else min(self._steps, count)

    def first_batch(self) -> Any:
        """The first batch of the round under way, or just over; before all rounds the first rows."""
        return self._batch(self._order(deepcopy(self._generator), self._before), 0)

    def __iter__(self) -> Iterator[Batch]:
        first, self._first = self._first, 0
        if self._generator is not None:
            self._before = self._generator.bit_generator.state
        order = self._order(self._generator, self._before)
        for number in range(first, self.count):
            yield self._batch(order, number)

    def _order(self, generator: Any, state: Any) -> Any:
        """The order of the rows that follows from a generator's state, None for the order that they have."""
        if generator is None or state is None:
            return None
        random.set_generator_state(generator, state)
        return generator.permutation(self.rows)

    def _batch(self, order: Any, number: int) -> Any:
        rows = slice(number * self.size, (number + 1) * self.size)
        # Not `take`, which copies all of an array whose rows do not lie one after the other.
        batch: Batch = map_leaves(itemgetter(rows if order is None else order[rows]), self.data)
        return batch

    def get_state(self) -> dict[str, Any]:
        """What the order of this round follows from, and that of the next."""
        shape = {"rows": self.rows, "batch_size": self.size, "shuffle": self.shuffle}
        if self._generator is None:
            return shape
        return {**shape, "order": self._before, "next": self._generator.bit_generator.state}

    def set_state(self, state: dict[str, Any], batch: int) -> None:
        """Go on after some batches of a round; with 0 it is over. Raises ValueError within one of other batches."""
        shape = self.get_state()
        names = ("rows", "batch_size", "shuffle")
        differ = [f"{name}={state.get(name)!r}" for name in names if state.get(name) != shape[name]]
        if batch and differ:
            raise ValueError(f"the epoch under way had {', '.join(differ)}, which fit must be given again")
        self._first = batch
        if self._generator is not None and "order" in state:
            self._before = state["order"]
            random.set_generator_state(self._generator, self._before if batch else state["next"])


class IteratedBatches:
    """Batches that an iterable gives: `(x,)`, `(x, y)` or `(x, y, sample_weight)`."""

    def __init__(self, source: Any, steps: int | None, class_weight: Any = None) -> None:
        self._source, self._class_weight = source, class_weight
        self._iterator: Iterator[Any] | None = None
        self._steps = steps
        self._first = 0  # batch of the next round, where one goes on
        self._taken = 0  # batches, from the iterator
        self.shuffle = False

    @property
    def count(self) -> int | None:
        """The number of batches, if it is known."""
        return self._steps or (len(self._source) if hasattr(self._source, "__len__") else None)

    def __iter__(self) -> Iterator[Batch]:
        """A round; with a number of steps the next one goes on where this one ends."""
        first, self._first = self._first, 0
        if self._steps and first >= self._steps:
            return
        iterator = self._left()
        if iterator is None and first:  # the round that goes on was at its end
            return
        if iterator is None:
            iterator, self._taken = iter(_indexed(self._source)), 0
        self._iterator = iterator if self._steps else None
        for step, batch in enumerate(iterator, first):
            self._taken += 1
            yield self._weighted(*unpacked(batch))
            if self._steps and step + 1 >= self._steps:
                return
        self._iterator = None

    def get_state(self) -> dict[str, Any]:
        """How many batches were taken from the source."""
        source = self._source.get_state() if isinstance(self._source, ArrayBatches) else {}
        return {"taken": self._taken, "source": source}

    def set_state(self, state: dict[str, Any], batch: int) -> None:
        """Go on after some batches of a round: in arrays at once, what else gives batches by taking as many."""
        self._first, self._taken = batch, state["taken"] if self._steps else batch
        is_array = isinstance(self._source, ArrayBatches)
        if is_array:
            self._source.set_state(state["source"], self._taken)
        self._iterator = iter(_indexed(self._source))
        for _ in islice(self._iterator, 0 if is_array else self._taken):
            pass

    def _left(self) -> Iterator[Any] | None:
        """What is left of the last round, if anything is."""
        for batch in self._iterator or ():
            return chain([batch], self._iterator or ())
        return None

    def _weighted(self, x: Any, y: Any, weight: Any) -> Batch:
        return x, y, weight if self._class_weight is None else weights_of_classes(y, self._class_weight, weight)


def _batch_size(given: Any) -> int:
    size = 32 if given is None else given
    if not isinstance(size, (int, np.integer)) or size < 1:
        raise ValueError(f"batch_size is {given!r}, expected a whole number of at least 1")
    return int(size)


def _indexed(source: Any) -> Any:
    """A data set as Keras' PyDataset: batches by their number."""
    is_indexed = hasattr(source, "__getitem__") and hasattr(source, "__len__") and not hasattr(source, "__iter__")
    return (source[i] for i in range(len(source))) if is_indexed else source


def unpacked(batch: Any) -> Batch:
    """x, y and weights of a batch, None for what it has not."""
    parts = batch if isinstance(batch, tuple) else (batch,)
    if len(parts) > 3:
        raise ValueError(f"a batch has {len(parts)} parts, expected (x,), (x, y) or (x, y, sample_weight)")
    x, y, weight = (*parts, None, None)[:3]
    return arrays(x, "x"), arrays(y, "y"), arrays(weight, "sample_weight")


def batches(
    x: Any, y: Any = None, sample_weight: Any = None, batch_size: int | None = None, steps: int | None = None,
    shuffle: bool = False, class_weight: Any = None,
) -> ArrayBatches | IteratedBatches:  # fmt: skip
    """The batches of data as `fit`, `evaluate` and `predict` take it."""
    if not is_data(x):
        if y is not None:
            raise ValueError("y is given beside x, but x gives batches itself, which have y in them")
        return IteratedBatches(x, steps, class_weight)
    x, y, sample_weight = arrays(x, "x"), arrays(y, "y"), arrays(sample_weight, "sample_weight")
    if class_weight is not None:
        sample_weight = weights_of_classes(y, class_weight, sample_weight)
    return ArrayBatches(x, y, sample_weight, batch_size, shuffle, steps)
