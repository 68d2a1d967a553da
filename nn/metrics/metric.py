"""Metric: a number for many batches, from state in variables; means and sums of values per sample."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autodiff import Tensor

from .. import limits
from ..losses import registry as losses
from ..losses.declaring import class_of, options_of
from ..losses.shapes import arrayed, as_dtype, fitting
from ..registry import Configured, Registry, snake_case
from ..settings import standard_dtype
from ..variables import Variable

registry = Registry("metric")
_INITIALIZERS = {None: np.zeros, "zeros": np.zeros, "ones": np.ones}


class Metric(Configured):
    """A metric: `update_state` takes in a batch, `result` tells the number, `reset_state` starts anew.

    A subclass makes its state with `add_variable`, and gives `update_state(y_true, y_pred, sample_weight=None)`
    and `result()`; both may be parts of a compiled step.

    >>> class Largest(Metric):
    ...     def __init__(self, name="largest"):
    ...         super().__init__(name=name)
    ...         self.largest = self.add_variable((), "zeros", name="largest")
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.largest.assign(np.maximum(self.largest, np.max(y_pred)))
    ...     def result(self):
    ...         return self.largest
    >>> float(Largest()([0, 0], np.array([1.5, 0.5])))
    1.5
    """

    def __init__(self, dtype: Any = None, name: str | None = None) -> None:
        self.name = name or snake_case(type(self).__name__)
        self.dtype = standard_dtype(dtype)
        self._added: list[Variable] = []
        self._first: dict[int, Any] = {}  # values, by the identity of their variable

    def add_variable(
        self, shape: Sequence[int], initializer: Any = "zeros", dtype: Any = None, name: str | None = None
    ) -> Any:
        """A part of the state, as `initializer` (a name, or a function of shape and dtype) makes it."""
        if not hasattr(self, "_added"):
            raise RuntimeError(f"{type(self).__name__}.__init__ must call super().__init__() before add_variable")
        if not callable(initializer) and initializer not in _INITIALIZERS:
            raise ValueError(f"{self.name}: initializer is {initializer!r}, expected 'zeros', 'ones' or a function")
        make = initializer if callable(initializer) else _INITIALIZERS[initializer]
        name = name or "variable"
        dtype = dtype or self.dtype
        limits.take(f"{self.name}/{name}", shape, dtype)
        first = make(tuple(shape), dtype=dtype)
        made = Variable(first, shape, dtype, trainable=False, name=name, path=f"{self.name}/{name}")
        self._added.append(made)
        self._first[id(made)] = first
        return made

    def add_weight(
        self, shape: Sequence[int] = (), initializer: Any = "zeros", dtype: Any = None, name: str | None = None
    ) -> Any:
        """`add_variable`, by the name that layers have for it."""
        return self.add_variable(shape, initializer, dtype, name)

    @property
    def variables(self) -> list[Variable]:
        """The state, that of metrics which this one holds, too."""
        nested = [variable for metric in self._nested() for variable in metric.variables]
        return list({id(each): each for each in [*self._own(), *nested]}.values())

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Take in one batch: as a rule `y_true`, `y_pred` and a `sample_weight` that may be left out."""
        raise NotImplementedError(f"{type(self).__name__} needs a method update_state(self, y_true, y_pred, ...)")

    def result(self) -> Any:
        """The number for all batches since the last reset, a tensor of the metric's dtype."""
        raise NotImplementedError(f"{type(self).__name__} needs a method result(self)")

    def reset_state(self) -> None:
        """Put the state back to what its initializers made; zeros for variables that were made without one."""
        for each in self._own():
            each.assign(self._first.get(id(each), np.zeros(each.shape, each.dtype)))
        for metric in self._nested():
            metric.reset_state()

    def _own(self) -> list[Variable]:
        return [*self._added, *[each for each in vars(self).values() if isinstance(each, Variable)]]

    def _nested(self) -> list[Metric]:
        return [each for each in vars(self).values() if isinstance(each, Metric)]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Take in one batch, and tell the result."""
        self.update_state(*args, **kwargs)
        return self.result()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def constant(x: Any) -> Any:
    """As an array or a tensor without a gradient: metrics are not differentiated."""
    x = arrayed(x)
    return x.detach() if isinstance(x, Tensor) and x.requires_grad else x


def quotient(a: Any, b: Any) -> Any:
    """a / b, and 0 where b is 0."""
    return np.where(b == 0, 0, a / np.where(b == 0, 1, b))


@registry.add()
class Mean(Metric):
    """The weighted mean of values. Values with several axes count as one per sample, their mean.

    >>> float(Mean()([1.0, 3.0], sample_weight=[3.0, 1.0]))
    1.5
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(dtype, name)
        self.total = self.add_variable((), name="total")
        self.count = self.add_variable((), name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        values = as_dtype(constant(values), self.dtype)
        each = max(math.prod(values.shape[1:]), 1)
        if sample_weight is None:
            self.count.assign_add(values.size // each)
        else:
            weights = fitting(self.name, constant(sample_weight), values, per_sample=True)
            values = values * weights
            self.count.assign_add(np.sum(np.broadcast_to(weights, values.shape)) / each)
        self.total.assign_add(np.sum(values) / each)

    def result(self) -> Any:
        return quotient(self.total, self.count)


@registry.add()
class Sum(Metric):
    """The weighted sum of values.

    >>> float(Sum()([1.0, 3.0], sample_weight=[3.0, 1.0]))
    6.0
    """

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(dtype, name)
        self.total = self.add_variable((), name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        values = as_dtype(constant(values), self.dtype)
        if sample_weight is not None:
            values = values * fitting(self.name, constant(sample_weight), values, per_sample=True)
        self.total.assign_add(np.sum(values))

    def result(self) -> Any:
        return self.total + 0  # what is told does not change with the state


@registry.add()
class MeanMetricWrapper(Mean):
    """The mean of what a function of `y_true` and `y_pred` tells per sample; its options are given by name.

    >>> def off_by_one(y_true, y_pred):
    ...     return np.abs(y_true - y_pred) == 1
    >>> float(MeanMetricWrapper(off_by_one)(np.array([1, 2]), np.array([2, 2])))
    0.5
    """

    def __init__(self, fn: Any, name: str | None = None, dtype: Any = None, **kwargs: Any) -> None:
        super().__init__(name or getattr(fn, "__name__", None), dtype)
        self.fn = fn
        self._options = tuple(kwargs)
        for option, value in kwargs.items():
            setattr(self, option, value)

    def update_state(  # type: ignore[override]  # a mean is of values, this one is of what makes them
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        y_true, y_pred = constant(y_true), constant(y_pred)
        values = self.fn(y_true, y_pred, **{option: getattr(self, option) for option in self._options})
        super().update_state(values, self._weights(arrayed(values), y_true, sample_weight))

    def _weights(self, values: Any, y_true: Any, weights: Any) -> Any:
        """The weights; labels of a class that is ignored have none."""
        ignored = getattr(self, "ignore_class", None)
        if ignored is None:
            return weights
        kept = as_dtype((y_true != ignored).reshape(values.shape), values.dtype)
        return kept if weights is None else kept * fitting(self.name, constant(weights), values, per_sample=True)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **{option: getattr(self, option) for option in self._options}}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(**{**config, "fn": losses.get(config["fn"])} if "fn" in config else config)


def mean_of(class_name: str, function: Any, *aliases: str, order: str = "", name: str | None = None) -> Any:
    """The metric that is the mean of a function. `order` names its parameters where Keras has others."""
    known = {"name": name or snake_case(class_name), "dtype": None, **options_of(function)}
    parameters = {each: known[each] for each in (order.split() or known)}
    doc = f"The mean of `{function.__name__}` over all samples; see there."
    return registry.add(*aliases)(class_of(function, class_name, MeanMetricWrapper, parameters, doc))
