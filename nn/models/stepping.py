"""Steps of a model as compiled programs, or as Python where they cannot be."""

from __future__ import annotations

import logging
import math
import warnings
import weakref
from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np

import autodiff as ad
from autodiff.context import state
from autodiff.tree import leaves, map_leaves, refill

from ..limits import ELEMENTS

log = logging.getLogger("nn")
_KINDS = 128


def packed(batch: Any) -> Any:
    """A batch as steps get it: `(x, y, sample_weight)`, `(x, y)`, or x alone; a tuple of inputs as `(x,)`."""
    x, y, sample_weight = batch
    if sample_weight is not None:
        return x, y, sample_weight
    if y is not None:
        return x, y
    return (x,) if isinstance(x, tuple) else x


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """x, y and sample weights of a batch, None for what it has not."""
    parts = data if isinstance(data, tuple) else (data,)
    x, y, weight = (*parts, None, None)[:3]
    return x, y, weight


def taken_apart(batch: Any) -> tuple[Any, Sequence[Any]]:
    """A batch's structure, with 0 for each array, and its arrays.

    >>> taken_apart(({"a": np.zeros(2)}, np.ones(2)))
    (({'a': 0}, 0), [array([0., 0.]), array([1., 1.])])
    """
    if isinstance(batch, np.ndarray):
        return 0, (batch,)
    if type(batch) is tuple and all(isinstance(each, np.ndarray) for each in batch):
        return (0,) * len(batch), batch  # as nearly all are: each step takes this way
    return map_leaves(lambda _: 0, batch), list(leaves(batch))


def kind_of(batch: Any) -> Any:
    """The shapes and dtypes of a batch, as a file keeps them.

    >>> kind_of((np.zeros((2, 3)), np.zeros(2, "int32")))
    ['tuple', [['float64', 2, 3], ['int32', 2]]]
    """
    if isinstance(batch, dict):
        return ["dict", {key: kind_of(each) for key, each in batch.items()}]
    if isinstance(batch, (tuple, list)):
        return [type(batch).__name__, [kind_of(each) for each in batch]]
    return [batch.dtype.name, *batch.shape]


def zeros_of(kind: Any) -> Any:
    """A batch of zeros of a kind. Raises ValueError for what would be too large, or no numbers."""
    name, *rest = kind
    if name == "dict":
        return {key: zeros_of(each) for key, each in rest[0].items()}
    if name in ("tuple", "list"):
        return (tuple if name == "tuple" else list)(zeros_of(each) for each in rest[0])
    if np.dtype(name).kind not in "fiub" or any(side < 0 for side in rest) or math.prod(rest) > ELEMENTS:
        raise ValueError(f"no batch has arrays of {name} in shape {tuple(rest)}")
    return np.zeros(rest, name)


class Stepper:
    """A method of a model that takes a batch, compiled; it falls back to Python once it asks for values.

    The model has it, so neither it nor its programs hold the model. `kinds` are those of batches that ran as Python
    before there was a program, in their order. The last digits of what a program computes may differ, so that a run
    that goes on elsewhere must have its programs beforehand.
    """

    def __init__(self, model: Any, method: str) -> None:
        self._model_of, self._method = weakref.ref(model), method
        self._programs: dict[str, Any] = {}  # by the structure of batches
        self.is_eager = bool(model.run_eagerly)
        self.is_prepared = False
        self.kinds: deque[Any] = deque(maxlen=_KINDS)

    def __call__(self, batch: Any) -> Any:
        """Run the step. What a compiled function must not do makes all further steps eager, with the reason logged."""
        batch = packed(batch)
        if not self.is_prepared:
            self._model.prepare(batch)
            self.is_prepared = True
        if self.is_eager:
            return self._step(batch)
        from autodiff.compiler import TraceError

        structure, arrays = taken_apart(batch)
        try:
            return self._program(structure)(*arrays)
        except TraceError as error:
            log.warning("%s of %s runs eagerly from now on: %s", self._method, self._model.name, str(error))
            self.is_eager = True
            return self._step(batch)

    @property
    def _model(self) -> Any:
        return _living(self._model_of, self._method)

    def _step(self, batch: Any) -> Any:
        return getattr(self._model, self._method)(batch)

    def _program(self, structure: Any) -> Any:
        """The program for batches of a structure: it takes their arrays one by one, which is found quickest."""
        key = repr(structure)
        if key not in self._programs:
            model, method, note = self._model_of, self._method, weakref.WeakMethod(self._note)

            def step(*arrays: Any) -> Any:
                batch = refill(structure, arrays)
                if state.context.tracer is None and (noting := note()) is not None:
                    noting(batch)
                return getattr(_living(model, method), method)(batch)

            step.__name__ = step.__qualname__ = method
            self._programs[key] = ad.compile(step)
        return self._programs[key]

    def _note(self, batch: Any) -> None:
        self.kinds.append(kind_of(batch))

    def warm_up(self, kinds: list[Any]) -> None:
        """Run on batches of zeros as long as those of their kind ran as Python; variables are changed by it."""
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for each in kinds:
                batch = zeros_of(each)
                self(unpack_x_y_sample_weight(batch))

    @property
    def program(self) -> Any:
        """The compiled step, once it ran: `.source`, `.graph` and `.report()` show it."""
        return next(iter(self._programs.values()), None)


def _living(model: weakref.ref[Any], method: str) -> Any:
    found = model()
    if found is None:
        raise ReferenceError(f"{method}: the model is gone, its steps do not keep it; give the model a name of its own")
    return found
