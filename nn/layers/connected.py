"""What holds layers of a graph together: the calls on symbolic tensors."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

import autodiff as ad

from .. import limits
from ..calls import calling
from ..symbolic import KerasTensor, LayerCall, joined, shapes_of, symbols, zeros_like
from .checks import check_inputs
from .weighted import Weighted

# Sizes of the batch and of other axes, in pairs, that are tried in the place of None. Other axes get some that many
# numbers divide, and that stay apart when they are divided; small ones first, as layers take their time on zeros, too.
_BATCHES = (((2, 2), (3, 3)),)
_OTHERS = (((2, 12), (3, 24)), ((2, 120), (3, 240)), ((12, 12), (24, 24)))


class Connected(Weighted):
    """A function with weights that can be called on symbolic tensors.

    It knows those calls as long as a model, or a tensor that one of them gave, has them.
    """

    _called_on: list[weakref.ref[LayerCall]]
    dtype: Any
    ensure_built: Any  # what a layer does
    _run: Any
    __call__: Any

    def _symbolic(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        check_inputs(self, args)
        self.ensure_built(shapes_of(first_inputs(args, kwargs)))
        return self._connected_by(LayerCall(self, args, kwargs, self._like(args, kwargs)))

    def _like(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Symbolic tensors like the outputs: the layer runs on zeros of two sizes, and what varies is any size.

        Where the sizes do not fit a layer that tells its outputs' shape, that is taken.
        """
        failed: list[ValueError] = []
        has_unknown = any(None in each.shape[1:] for each in symbols((args, kwargs)))
        for small, large in _OTHERS if has_unknown else _BATCHES:
            try:
                made = joined(self._on_zeros(args, kwargs, *small), self._on_zeros(args, kwargs, *large))
                return _filled(made) if has_unknown else made
            except limits.TooLarge:
                raise
            except ValueError as error:
                error.args = (f"{error} (where None was tried as {small[-1]} and {large[-1]})",)
                failed.append(error)
        if has_unknown and type(self).compute_output_shape is not Connected.compute_output_shape:
            return KerasTensor(self.compute_output_shape(shapes_of(first_inputs(args, kwargs))), self.dtype)
        try:
            raise failed[0]
        finally:
            failed.clear()  # an error that its own frame holds would wait for the garbage collector

    def _on_zeros(self, args: tuple[Any, ...], kwargs: dict[str, Any], batch: int, size: int) -> Any:
        with ad.no_grad(), calling(training=False, losses=[], watchers=(), names=()), np.errstate(all="ignore"):
            limits.check_call(self, args, kwargs, batch, size)
            return self._run(zeros_like(args, batch, size), zeros_like(kwargs, batch, size))

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


def _filled(outputs: Any) -> Any:
    """The outputs. Raises ValueError where nothing is left of the inputs: of larger ones something may be."""
    for each in symbols(outputs):
        if 0 in each.shape:
            raise ValueError(f"the outputs would have shape {each.shape}, without an element")
    return outputs


def first_inputs(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The inputs among the arguments of a layer."""
    return args[0] if args else next(iter(kwargs.values()), None)
