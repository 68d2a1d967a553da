"""The layers between a model's inputs and outputs, in the order in which they are called."""

from __future__ import annotations

from typing import Any

from autodiff.tree import leaves, leaves_like, map_leaves

from ..layers.input import InputLayer
from ..symbolic import KerasTensor, LayerCall, symbols


class LayerGraph:
    """A directed graph of calls, from symbolic inputs to symbolic outputs.

    Raises ValueError where an output depends on what is no input.
    """

    def __init__(self, inputs: Any, outputs: Any) -> None:
        self.inputs, self.outputs = inputs, outputs
        self._sources = list(symbols(inputs))
        self._source_keys = {each.key for each in self._sources}
        for each in leaves((inputs, outputs)):
            if not isinstance(each, KerasTensor):
                raise ValueError(f"Model: inputs and outputs are symbolic tensors (see Input), got {each!r}")
        self.calls = self._ordered()
        self.layers = list(dict.fromkeys(each.layer for each in self.calls))

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._source_keys = {each.key for each in self._sources}
        for each in self.calls:
            each.layer._connected_by(each)

    def _ordered(self) -> list[LayerCall]:
        """The calls between inputs and outputs: those whose results are needed last come last, as in Keras."""
        met = self._met()
        depth = dict.fromkeys(met, 0)
        for call in reversed(met):  # each after all that use it
            for each in call.inputs():
                if each.call in depth and not self._is_source(each):
                    depth[each.call] = max(depth[each.call], depth[call] + 1)
        places = {call: i for i, call in enumerate(met)}
        inner = sorted(met, key=lambda call: (-depth[call], places[call]))
        sources = [each.call for each in self._sources if isinstance(each.call and each.call.layer, InputLayer)]
        return [*(each for each in sources if each is not None and each not in inner), *inner]

    def _met(self) -> list[LayerCall]:
        """The calls that the outputs depend on, each after those that it depends on."""
        met: dict[LayerCall, None] = {}
        waiting: list[tuple[KerasTensor, bool]] = [(each, False) for each in reversed(list(symbols(self.outputs)))]
        while waiting:
            tensor, is_ready = waiting.pop()
            call = tensor.call
            if self._is_source(tensor) or (call is not None and call in met):
                continue
            if call is None or isinstance(call.layer, InputLayer):
                raise ValueError(
                    f"Model: the outputs depend on {tensor!r} ({tensor.name}), which is not among the inputs"
                )
            if is_ready:
                met[call] = None
            else:
                waiting.append((tensor, True))
                waiting += [(each, False) for each in reversed(call.inputs())]
        return list(met)

    def _is_source(self, tensor: KerasTensor) -> bool:
        return tensor.key in self._source_keys

    def __call__(self, inputs: Any) -> Any:
        """The outputs for values of the inputs."""
        given = zip(self._sources, self._values(inputs), strict=True)
        values = {each.key: fitted(value, each) for each, value in given}

        def known(value: Any) -> Any:
            return values[value.key] if isinstance(value, KerasTensor) else value

        for call in self.calls:
            if isinstance(call.layer, InputLayer):
                continue
            outputs = call.layer(*map_leaves(known, call.args), **map_leaves(known, call.kwargs))
            values.update(((call, place), value) for place, value in enumerate(leaves(outputs)))
        return map_leaves(known, self.outputs)

    def _values(self, inputs: Any) -> list[Any]:
        """The values in the order of the symbolic inputs; a dict may tell them by the inputs' names."""
        if isinstance(inputs, dict) and not isinstance(self.inputs, dict):
            names = [each.name for each in self._sources]
            if not set(names) <= set(inputs):
                raise ValueError(f"got inputs {sorted(inputs)}, expected {names}")
            return [inputs[name] for name in names]
        if len(self._sources) == 1 and not isinstance(inputs, (list, tuple, dict)):
            return [inputs]
        if isinstance(self.inputs, dict):
            return list(leaves_like(self.inputs, {key: inputs[key] for key in self.inputs}, "inputs"))
        values = list(leaves(inputs))
        if len(values) != len(self._sources):
            raise ValueError(f"got {len(values)} inputs, expected {len(self._sources)}")
        return values


def fitted(value: Any, source: KerasTensor) -> Any:
    """A value with as many axes as an input: as in Keras one of size 1 at the end may be left out, or be too many."""
    shape: Any = getattr(value, "shape", ())
    if len(shape) == source.ndim - 1 and source.shape[-1] == 1:
        return value.reshape(*shape, 1)
    if len(shape) == source.ndim + 1 and shape[-1] == 1:
        return value.reshape(shape[:-1])
    return value
