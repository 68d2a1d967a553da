"""Inputs of models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..naming import unique_name
from ..symbolic import KerasTensor, LayerCall
from .layer import Layer, registry


@registry.add()
class InputLayer(Layer):
    """The place where a model's input comes in."""

    def __init__(
        self, shape: Sequence[int | None] | None = None, batch_size: int | None = None, dtype: Any = None,
        batch_shape: Sequence[int | None] | None = None, name: str | None = None, input_shape: Any = None,
    ) -> None:  # fmt: skip
        shape = input_shape if shape is None else shape
        if shape is None and batch_shape is None:
            raise ValueError("InputLayer: give a shape without the batch, such as shape=(784,)")
        if batch_shape is None:
            batch_shape = (batch_size, *((shape,) if isinstance(shape, int) else shape or ()))
        super().__init__(name=name or unique_name("input_layer"), dtype=dtype)
        self.batch_shape = tuple(batch_shape)
        self.built = True

    @property
    def output(self) -> Any:
        """The symbolic tensor."""
        if not self._calls:
            return self._connected_by(LayerCall(self, (), {}, KerasTensor(self.batch_shape, self.dtype, self.name)))
        return super().output

    def call(self, inputs: Any) -> Any:
        return inputs

    def get_config(self) -> dict[str, Any]:
        return {"batch_shape": self.batch_shape, "dtype": self.dtype, "name": self.name}


def Input(
    shape: Sequence[int | None] | None = None, batch_size: int | None = None, dtype: Any = None,
    name: str | None = None, batch_shape: Sequence[int | None] | None = None, tensor: Any = None,
) -> Any:  # fmt: skip
    """A symbolic tensor for a model's input; `shape` is that of one row.

    >>> Input(shape=(28, 28))
    <KerasTensor shape=(None, 28, 28), dtype=float32>
    """
    if tensor is not None:
        return tensor
    return InputLayer(shape, batch_size, dtype, batch_shape, name).output
