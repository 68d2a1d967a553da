"""What holds weights: its own, and those of what it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..registry import Configured
from ..variables import Variable


class Weighted(Configured):
    """An object with variables of its own and in its attributes."""

    _own: list[Variable]
    _trainable: bool
    built: bool
    name: Any

    def _sublayers(self) -> list[Any]:
        """The layers that are attributes, or in containers that are."""
        found = [each for value in list(vars(self).values()) for each in _inside(value, Weighted)]
        return [each for each in dict.fromkeys(found) if each is not self]

    def _variables(self) -> list[Variable]:
        """The layer's own variables, those that it is trained by first."""
        held = [each for value in list(vars(self).values()) for each in _inside(value, Variable)]
        return sorted(dict.fromkeys([*self._own, *held]), key=lambda each: not each.trainable)

    def flattened(self) -> Iterator[Any]:
        """The object, and all that are part of it, each once."""
        waiting, seen = [self], {id(self)}
        while waiting:
            layer = waiting.pop(0)
            yield layer
            new = [each for each in layer._sublayers() if id(each) not in seen]
            seen.update(map(id, new))
            waiting = new + waiting

    def generators(self) -> list[np.random.Generator]:
        """The random generators that are attributes, its own and those of its layers, each once."""
        held = [each for layer in self.flattened() for each in vars(layer).values()]
        return list({id(each): each for each in held if isinstance(each, np.random.Generator)}.values())

    @property
    def weights(self) -> list[Variable]:
        """All variables: the layer's own, those that it is trained by first, then those of its layers."""
        return list(dict.fromkeys(v for layer in self.flattened() for v in layer._variables()))

    variables = weights

    @property
    def trainable_weights(self) -> list[Variable]:
        """The variables that training changes."""
        if not self.trainable:
            return []
        own = [v for v in self._variables() if v.trainable]
        return list(dict.fromkeys([*own, *(v for layer in self._sublayers() for v in layer.trainable_weights)]))

    trainable_variables = trainable_weights

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The variables that training does not change, or only by the layer itself."""
        trained = {id(v) for v in self.trainable_weights}
        return [v for v in self.weights if id(v) not in trained]

    non_trainable_variables = non_trainable_weights

    @property
    def trainable(self) -> bool:
        """Whether training changes the weights; set it before `compile`, it holds for all layers inside."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for each in self.flattened():
            each._trainable = bool(value)

    def get_weights(self) -> list[np.ndarray[Any, Any]]:
        """The values of all variables, as arrays of their own."""
        return [v.numpy() for v in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Assign values to all variables. Raises ValueError for another number of arrays, or another shape."""
        if len(weights) != len(self.weights):
            raise ValueError(
                f"{self.name}.set_weights: got {len(weights)} arrays, expected {len(self.weights)}: "
                f"{', '.join(f'{v.path} {v.shape}' for v in self.weights) or 'none, the layer has no weights yet'}"
            )
        for v, value in zip(self.weights, weights, strict=True):
            v.assign(value)

    def count_params(self) -> int:
        """The number of weights."""
        if not self.built:
            raise ValueError(f"{self.name}.count_params: the layer is not built; call it, or build it for a shape")
        return sum(v.size for v in self.weights)


def _inside(value: Any, kind: type) -> Iterator[Any]:
    """The objects of a kind in a value, or in the containers that it is made of."""
    if isinstance(value, kind):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _inside(each, kind)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _inside(each, kind)
