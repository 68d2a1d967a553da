"""plot_model: the layers of a model as a picture."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, NamedTuple

from autodiff.drawing.diagram import Arrow, Box, Diagram, Scope
from autodiff.drawing.dot import to_dot
from autodiff.drawing.picture import Drawing
from autodiff.drawing.themes import THEMES
from autodiff.tree import leaves

from ..layers.input import InputLayer
from ..reading import activation_of
from ..symbolic import shapes_of, symbols


class Shown(NamedTuple):
    """What the boxes tell."""

    shapes: bool
    dtype: bool
    names: bool
    activations: bool
    trainable: bool
    nested: bool


def plot_model(
    model: Any, to_file: Any = "model.png", show_shapes: bool = False, show_dtype: bool = False,
    show_layer_names: bool = False, rankdir: str = "TB", expand_nested: bool = False,
    show_layer_activations: bool = False, show_trainable: bool = False,
) -> Drawing:  # fmt: skip
    """Draw the layers of a Sequential or functional model, and what goes from where to where.

    Writes a picture (.png, .svg or .pdf), none with `to_file=None`; the drawing that it returns shows itself in
    notebooks. `ad.draw(model(x))` draws each operation instead. Raises ValueError for a model without symbolic inputs.

    >>> import nn
    >>> model = nn.models.Sequential([nn.layers.Input(shape=(3,)), nn.layers.Dense(2)])
    >>> plot_model(model, to_file=None, show_shapes=True).source.count("->")
    1
    """
    if model._graph is None:
        raise ValueError(
            f"plot_model: model {model.name!r} has no symbolic inputs: begin it with an Input, or give it data once; "
            "a model that is defined by `call` can be drawn by ad.draw(model(x))"
        )
    shown = Shown(show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable, expand_nested)
    diagram = Diagram()
    sources = {each.key: "" for each in model.inputs}
    _add_layers(diagram, model, shown, (), sources)
    drawing = Drawing(to_dot(diagram, THEMES["light"], rankdir))
    if to_file is not None:
        drawing.render(to_file)
    return drawing


def _add_layers(diagram: Diagram, model: Any, shown: Shown, scope: Scope, sources: dict[Hashable, str]) -> None:
    """The boxes of a model; `sources` tells which box each symbolic tensor comes from."""
    _add_inputs(diagram, model, shown, scope, sources)
    outputs = {each.key for each in model.outputs} if not scope else set()
    for call in model._graph.calls:
        if isinstance(call.layer, InputLayer):
            continue
        if shown.nested and getattr(call.layer, "_graph", None) is not None:
            _add_nested(diagram, call, shown, scope, sources)
            continue
        is_output = any(each.key in outputs for each in symbols(call.outputs))
        box = _box(diagram, call, shown, scope, "output" if is_output else _kind(call.layer))
        for each in call.inputs():
            diagram.connect(Arrow(sources[each.key], box.key))
        sources.update((each.key, box.key) for each in symbols(call.outputs))


def _add_inputs(diagram: Diagram, model: Any, shown: Shown, scope: Scope, sources: dict[Hashable, str]) -> None:
    """A box for each input, but for those of an inner model, which come from outside."""
    for each in model.inputs:
        if not sources.get(each.key):
            sources[each.key] = _box(diagram, each.call, shown, scope, "input").key


def _add_nested(diagram: Diagram, call: Any, shown: Shown, scope: Scope, sources: dict[Hashable, str]) -> None:
    """The layers of a model inside the model, in a frame."""
    inner = dict(sources)
    inner.update((a.key, sources[b.key]) for a, b in zip(call.layer.inputs, call.inputs(), strict=True))
    _add_layers(diagram, call.layer, shown, (*scope, call.layer.name), inner)
    made = zip(leaves(call.outputs), call.layer.outputs, strict=True)
    sources.update((outer.key, inner[within.key]) for outer, within in made)


def _box(diagram: Diagram, call: Any, shown: Shown, scope: Scope, kind: str) -> Box:
    layer = call.layer
    title = f"{layer.name} ({type(layer).__name__})" if shown.names else type(layer).__name__
    return diagram.add(Box(f"layer{len(diagram.boxes)}", kind, title, _lines(call, shown), scope))


def _kind(layer: Any) -> str:
    return "parameter" if layer.weights else "operation"


def _lines(call: Any, shown: Shown) -> list[str]:
    layer, function = call.layer, activation_of(call.layer)
    lines = [f"activation: {function}"] if shown.activations and function else []
    if shown.shapes:
        given = [str(each.shape) for each in call.inputs()]
        lines += [f"in: {', '.join(given)}"] if given else []
        lines.append(f"out: {shapes_of(call.outputs)}")
    lines += [f"dtype: {layer.dtype}"] if shown.dtype else []
    if shown.trainable and layer.weights:
        lines.append("trainable" if layer.trainable else "frozen")
    return lines
