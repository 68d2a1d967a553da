"""Embedding: rows of weights for whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.domains import Sample, Sampler
from autodiff.primitive import primitive

from .. import constraints, initializers, regularizers
from .checks import misfit
from .layer import Layer, registry


@registry.add()
class Embedding(Layer):
    """For each whole number its row of the weights: (batch, ...) becomes (batch, ..., output_dim).

    Weights (input_dim, output_dim): embeddings. With `mask_zero` the number 0 stands for a time step that does
    not count. Raises ValueError for a number outside of [0, input_dim), also in compiled steps.

    >>> import nn
    >>> layer = nn.layers.Embedding(10, 2)
    >>> layer(np.array([[1, 2, 3]])).shape, layer.embeddings.shape
    ((1, 3, 2), (10, 2))
    """

    def __init__(
        self, input_dim: int, output_dim: int, embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None, embeddings_constraint: Any = None, mask_zero: bool = False,
        weights: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        kwargs.pop("input_length", None)  # of earlier versions: any length will do
        super().__init__(**kwargs)
        for name, value in (("input_dim", input_dim), ("output_dim", output_dim)):
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
                raise misfit(self, f"got {name}={value!r}, expected a whole number above 0")
        self.input_dim, self.output_dim = int(input_dim), int(output_dim)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = self.supports_masking = mask_zero
        self.embeddings: Any = None
        if weights is not None:
            self.ensure_built(None)
            self.set_weights(weights if isinstance(weights, (list, tuple)) else [weights])

    def build(self, input_shape: Any) -> None:
        self.embeddings = self.add_weight(
            (self.input_dim, self.output_dim), self.embeddings_initializer, name="embeddings",
            regularizer=self.embeddings_regularizer, constraint=self.embeddings_constraint,
        )  # fmt: skip

    def call(self, inputs: Any) -> Any:
        return self.embeddings[_checked_rows(inputs, count=self.input_dim)]

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        return inputs != 0 if self.mask_zero else None

    def get_config(self) -> dict[str, Any]:
        """What the weights are is no part of it."""
        config = {"activity_regularizer": None, **super().get_config()}
        return {key: value for key, value in config.items() if key != "weights"}


def _run_checked_rows(numbers: Any, count: int) -> Any:
    """Numbers of rows as indices. Raises ValueError unless they lie in [0, count)."""
    rows = numbers.astype(np.intp)
    # As unsigned numbers negative ones are large, so that one pass tells.
    if rows.size and np.maximum.reduce(rows.view(np.uintp), axis=None) >= count:
        raise ValueError(
            f"got numbers from {rows.min()} to {rows.max()}, expected 0 to {count - 1}; "
            "input_dim must be above the greatest number"
        )
    return rows


def _sample(s: Sampler) -> Sample:
    return (np.array([[s.integer(0, 2), s.integer(0, 2)]]),), {"count": 3}


_checked_rows = primitive("checked_rows", _run_checked_rows, None, sample=_sample)
