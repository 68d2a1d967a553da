"""Loss: one number for predictions and targets, from values per sample."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

import autodiff as ad

from ..registry import Configured, Registry, snake_case
from .declaring import class_of, options_of
from .shapes import arrayed, as_dtype, as_floats, fitting, same_rank

registry = Registry("loss")
REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)
Function = TypeVar("Function", bound=Callable[..., Any])
_own: set[Any] = set()  # functions that align their arguments themselves


class Loss(Configured):
    """A loss with its reduction; subclasses give `call(y_true, y_pred)`, the values per sample.

    `reduction` is 'sum_over_batch_size' or 'mean' (the sum over the number of values, whatever the weights are),
    'sum', 'mean_with_sample_weight' (the sum over that of the weights), or 'none' and None (the values).
    The result has the dtype of `y_pred`, or `dtype`.

    >>> class Quartic(Loss):
    ...     def call(self, y_true, y_pred):
    ...         return np.mean((y_true - y_pred) ** 4, axis=-1)
    >>> Quartic()(np.array([[0.0], [0.0]]), np.array([[1.0], [2.0]]), sample_weight=np.array([1.0, 0.5]))
    np.float64(4.5)
    """

    def __init__(
        self, name: str | None = None, reduction: str | None = "sum_over_batch_size", dtype: Any = None
    ) -> None:
        if reduction not in REDUCTIONS:
            raise ValueError(f"{type(self).__name__}: reduction is {reduction!r}, expected one of {REDUCTIONS}")
        self.name = name or snake_case(type(self).__name__)
        self.reduction = reduction
        self.dtype = None if dtype is None else np.dtype(dtype).name

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The reduced loss. Raises ValueError for weights that fit neither samples nor values."""
        with ad.scope("loss"):
            y_true, y_pred = self._given(y_true, y_pred)
            values = arrayed(self.call(y_true, y_pred))
            counted = self.counted(y_true)
            mask = None if counted is None else counted.reshape(values.shape)
            return reduced(self.name, values, sample_weight, mask, self.reduction)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The values per sample, of one axis less than `y_pred`."""
        raise NotImplementedError(f"{type(self).__name__} needs a method call(self, y_true, y_pred)")

    def counted(self, y_true: Any) -> Any:
        """Which values count: an array of truth values, None for all."""
        return None

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same loss; `dtype` only where one was given."""
        config = super().get_config()
        return config if config.get("dtype") else {name: each for name, each in config.items() if name != "dtype"}

    def _given(self, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
        y_pred = as_floats(y_pred)
        y_pred = as_dtype(y_pred, self.dtype or y_pred.dtype)
        return as_dtype(arrayed(y_true), y_pred.dtype), y_pred

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, reduction={self.reduction}>"


def reduced(name: str, values: Any, weights: Any, counted: Any, reduction: str | None) -> Any:
    """Values per sample as one number, or weighted only. A mask tells which of them count."""
    if weights is not None:
        weights = fitting(name, weights, values)
        values = values * weights
    if reduction in (None, "none"):
        return values
    if reduction == "sum":
        return np.sum(values)
    if reduction == "mean_with_sample_weight" and weights is not None and weights.ndim:  # a number is a factor
        return _over_weights(name, values, weights, counted)
    if counted is None:
        return np.mean(values) if values.size else np.sum(values)
    return np.sum(values) / np.maximum(np.sum(as_dtype(counted, values.dtype)), 1)


def _over_weights(name: str, values: Any, weights: Any, counted: Any) -> Any:
    """The sum over that of the weights; 0 where all are 0."""
    if weights.shape != values.shape:
        raise ValueError(
            f"{name}: reduction='mean_with_sample_weight' divides by the sum of the weights: expected one for each "
            f"value, shape {values.shape}, got {weights.shape}; write np.broadcast_to(sample_weight, {values.shape})"
        )
    total = np.sum(weights if counted is None else weights * counted)
    return np.where(total == 0, 0, np.sum(values) / np.where(total == 0, 1, total))


class LossFunctionWrapper(Loss):
    """A function of `y_true` and `y_pred` as a loss; its other arguments are given here, by name."""

    def __init__(
        self,
        fn: Any,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name or getattr(fn, "__name__", None), reduction, dtype)
        self.fn = fn
        self._options = tuple(kwargs)
        for option, value in kwargs.items():
            setattr(self, option, value)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self.fn(y_true, y_pred, **{option: getattr(self, option) for option in self._options})

    def counted(self, y_true: Any) -> Any:
        """Labels of a class that is ignored do not count."""
        ignored = getattr(self, "ignore_class", None)
        return None if ignored is None else y_true != ignored

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **{option: getattr(self, option) for option in self._options}}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(**{**config, "fn": registry.get(config["fn"])} if "fn" in config else config)

    def _given(self, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
        """A user's function gets both in one dtype and with as many axes, as from Keras."""
        if self.fn in _own:
            y_pred = as_floats(y_pred)
            return arrayed(y_true), as_dtype(y_pred, self.dtype or y_pred.dtype)
        return same_rank(*super()._given(y_true, y_pred))


def loss(*aliases: str) -> Callable[[Function], Function]:
    """Declare a loss function by its name and others."""

    def declare(function: Function) -> Function:
        _own.add(function)
        return registry.add(*aliases)(function)

    return declare


def loss_class(class_name: str, function: Any, order: str = "", name: str | None = None) -> Any:
    """The class of a loss function. `order` tells its parameters where Keras has them in an order of its own."""
    own = options_of(function)
    known = {**own, "reduction": "sum_over_batch_size", "name": name or function.__name__, "dtype": None}
    parameters = {each: known[each] for each in (order.split() or known)}
    doc = f"`{function.__name__}` as an object with a reduction; see there, and `Loss`."
    return registry.add()(class_of(function, class_name, LossFunctionWrapper, parameters, doc))


def as_loss(identifier: Any) -> Loss:
    """A loss for whatever Keras' `compile(loss=...)` takes: a name, a function, an object.

    >>> as_loss("mse")
    <LossFunctionWrapper name=mean_squared_error, reduction=sum_over_batch_size>
    """
    found = registry.get(identifier)
    if isinstance(found, Loss):
        return found
    if not callable(found):
        raise TypeError(f"loss: got {identifier!r}, expected a name, a function of y_true and y_pred, or a Loss")
    return LossFunctionWrapper(found)
