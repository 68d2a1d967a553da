"""Gradients made ready for a rule: those that are there, in their variables' dtypes, and not too long."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autodiff import Tensor


def cast(value: Any, dtype: Any) -> Any:
    """A value in a dtype, itself where it has that."""
    value = value if isinstance(value, Tensor) else np.asarray(value)
    return value if value.dtype == dtype else value.astype(dtype)


def present(gradients: list[Any], variables: list[Any], name: str) -> tuple[list[Any], list[Any]]:
    """The gradients that are not None, with their variables. Raises ValueError where they do not match."""
    if len(gradients) != len(variables):
        raise ValueError(f"{name}.apply: got {len(gradients)} gradients for {len(variables)} variables")
    missing = [each.path for gradient, each in zip(gradients, variables, strict=True) if gradient is None]
    if len(missing) == len(variables):
        raise ValueError(f"{name}.apply: no variable has a gradient; was the loss computed of these variables?")
    if missing:
        warnings.warn(
            f"{name}.apply: no gradients for {', '.join(missing)}, which stay as they are; does the loss depend on "
            "them?",
            stacklevel=3,
        )
    pairs = [pair for pair in zip(gradients, variables, strict=True) if pair[0] is not None]
    return [_fitting(gradient, each, name) for gradient, each in pairs], [each for _, each in pairs]


def _fitting(gradient: Any, variable: Any, name: str) -> Any:
    gradient = cast(gradient, variable.dtype)
    if gradient.shape != variable.shape:
        raise ValueError(
            f"{name}.apply: the gradient of {variable.path!r} has shape {gradient.shape}, expected "
            f"{variable.shape}; are gradients and variables in the same order?"
        )
    return gradient


def clipped_by_value(gradient: Any, limit: float) -> Any:
    """Each element from -limit to limit.

    >>> clipped_by_value(np.array([-3.0, 0.5]), 1.0)
    array([-1. ,  0.5])
    """
    return np.clip(gradient, -limit, limit)


def clipped_by_norm(gradient: Any, limit: float) -> Any:
    """The gradient, shortened to a norm of `limit` where it is longer (Pascanu et al. 2013, Algorithm 1).

    >>> clipped_by_norm(np.array([3.0, 4.0]), 1.0)
    array([0.6, 0.8])
    """
    return gradient * (limit / np.maximum(np.sqrt(np.sum(np.square(gradient))), limit))


def clipped_by_global_norm(gradients: list[Any], limit: float) -> list[Any]:
    """All gradients times one factor, so that their common norm is at most `limit`.

    A norm that is not finite makes all of them nan: an update that went wrong is seen everywhere.

    >>> clipped_by_global_norm([np.array([3.0]), np.array([4.0])], 1.0)
    [array([0.6]), array([0.8])]
    """
    norm = np.sqrt(sum(np.sum(np.square(each)) for each in gradients))
    factor = limit / np.maximum(norm, limit) + 0 * norm  # 0 times inf or nan is nan
    return [each * cast(factor, each.dtype) for each in gradients]
