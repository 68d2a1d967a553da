"""What holds layers of a graph together: the calls on symbolic tensors."""

from __future__ import annotations

import weakref
from typing import Any

import autodiff as ad

from ..calls import calling
from ..symbolic import LayerCall, joined, shapes_of, zeros_like
from .weighted import Weighted


class Connected(Weighted):
    """A function with weights that can be called on symbolic tensors.

    It knows those calls as long as a model, or a tensor that one of them gave, has them.
    """

    _called_on: list[weakref.ref[LayerCall]]
    ensure_built: Any  # what a layer does
    __call__: Any

    def _symbolic(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Symbolic outputs: the layer is called on zeros of two batch sizes, and what varies is any size."""
        self.ensure_built(shapes_of(first_inputs(args, kwargs)))
        with ad.no_grad(), calling(training=False, losses=[], watchers=(), names=()):
            small, large = (self(*zeros_like(args, size), **zeros_like(kwargs, size)) for size in (2, 3))
        return self._connected_by(LayerCall(self, args, kwargs, joined(small, large)))

    def _connected_by(self, call: LayerCall) -> Any:
        """The outputs of a call, which is known from now on."""
        self._called_on = [*map(weakref.ref, self._calls), weakref.ref(call)]
        return call.outputs

    @property
    def _calls(self) -> list[LayerCall]:
        """The calls that a tensor or a model still has, the oldest first."""
        return [call for each in self._called_on if (call := each()) is not None]

    def __getstate__(self) -> dict[str, Any]:
        """What copies are made of: a model's copy tells its layers' copies where it calls them."""
        return {name: value for name, value in vars(self).items() if name != "_called_on"}

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the outputs for one of the inputs."""
        from .input import Input

        is_single = all(each is None or isinstance(each, int) for each in input_shape)
        inputs = [Input(batch_shape=shape) for shape in ([input_shape] if is_single else input_shape)]
        return shapes_of(self(inputs[0] if is_single else inputs))

    @property
    def input(self) -> Any:
        """The symbolic tensors of the layer's first call."""
        given = self._call("input").inputs()
        return given[0] if len(given) == 1 else given

    @property
    def output(self) -> Any:
        """The symbolic tensors that the layer's first call gives."""
        return self._call("output").outputs

    def _call(self, what: str) -> LayerCall:
        known = self._calls
        if not known:
            raise AttributeError(f"layer {self.name!r} has no {what}: no model calls it on symbolic tensors")
        return known[0]


def first_inputs(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The inputs among the arguments of a layer."""
    return args[0] if args else next(iter(kwargs.values()), None)
