"""Operation: a function of NumPy's or autodiff's as a layer of a functional model."""

from __future__ import annotations

from typing import Any

from ..naming import unique_name
from .layer import Layer, registry


@registry.add()
class Operation(Layer):
    """A function that was called on symbolic tensors: `x * 2`, `np.exp(x)`."""

    def __init__(self, function: Any, **kwargs: Any) -> None:
        kwargs.setdefault("name", unique_name(getattr(function, "__name__", "operation").strip("_")))
        super().__init__(**kwargs)
        self.function = function

    def get_config(self) -> dict[str, Any]:
        """The function as it is, so that a copy can be made; files have a name for it."""
        return {**super().get_config(), "function": self.function}

    def call(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)
