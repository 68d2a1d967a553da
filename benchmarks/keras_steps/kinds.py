"""All cases, kind by kind: the registries of nn tell what there is, so that what is added there is compared here."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import nn

from ..keras_records import optimizers as recorded
from .cases import Case, Piece, momentum, network
from .declared import ALIKE, ANY_NOISE, CLIPPED, NOT_OF_MODELS, TARGETS, VARIANTS


def pieces(module: str, registry: Any, wanted: Callable[[Any], bool] = callable) -> Iterator[Piece]:
    """What a registry holds under its own names, with each of its declared arguments."""
    for name in registry.names():
        declared = registry.find(name)
        if declared.__name__ == name and wanted(declared):
            for options in VARIANTS.get(module, {}).get(name, [{}]):
                yield Piece(module, name, options)


def _with(piece: Piece, kind: str, name: str = "", **parts: Any) -> Case:
    """A case that trains a classifier on shares with momentum, unless told otherwise."""
    usual = {"model": network, "loss": _crossentropy, "optimizer": momentum, "targets": "shares"}
    return Case(kind, name or str(piece), (piece,), **{**usual, **parts})


def _crossentropy(library: Any) -> Any:
    return library.losses.CategoricalCrossentropy()


def optimizers() -> Iterator[Case]:
    """The variants whose slots are recorded: clipping, averages, accumulation and loss scaling among them."""
    special = [name for name in recorded.CASES if "constrain" in name or "exclude" in name]  # told to variables
    told = {name: case for name, case in recorded.CASES.items() if name not in ALIKE and name not in special}
    rest = [piece for piece in pieces("optimizers", nn.optimizers.registry) if not _is_in(piece.name, told)]
    for name, (kind, options) in {**told, **{piece.name: (piece.name, {}) for piece in rest}}.items():
        piece = Piece("optimizers", kind, {**options, **{key: CLIPPED[key] for key in options if key in CLIPPED}})
        yield _with(piece, "optimizers", f"{kind}: {name}", optimizer=_scheduled(piece))


def _is_in(name: str, told: Any) -> bool:
    return any(kind == name for kind, _ in told.values())


def _scheduled(piece: Piece) -> Any:
    """A function that makes an optimizer whose rate may be the config of a schedule."""

    def make(library: Any) -> Any:
        options = dict(piece.options)
        if isinstance(options.get("learning_rate"), dict):
            options["learning_rate"] = library.optimizers.schedules.deserialize(options["learning_rate"])
        return piece._replace(options=options).make(library)

    return make


def schedules() -> Iterator[Case]:
    """The first variant of each schedule that is recorded."""
    registry = nn.optimizers.schedules.registry
    for each in pieces("optimizers.schedules", registry):
        options = [options for kind, options in recorded.SCHEDULES.values() if kind == each.name]
        piece = each._replace(options=options[0] if options else {})
        yield _with(piece, "schedules", piece.name, optimizer=lambda library, piece=piece: library.optimizers.SGD(
            piece.make(library), momentum=0.9))  # fmt: skip


def losses() -> Iterator[Case]:
    for piece in pieces("losses", nn.losses.registry, inspect.isclass):
        last = "linear" if piece.options.get("from_logits") else "softmax"
        targets = TARGETS.get(piece.name, "shares")
        yield _with(
            piece,
            "losses",
            loss=piece.make,
            targets=targets,
            model=lambda library, last=last: network(library, last=last),
        )


def activations() -> Iterator[Case]:
    for piece in pieces("activations", nn.activations.registry):
        yield _with(
            piece, "activations", model=lambda library, piece=piece: network(library, hidden=_function(library, piece))
        )


def _function(library: Any, piece: Piece) -> Any:
    """An activation function with its arguments."""
    function = getattr(library.activations, piece.name)
    return lambda x: function(x, **piece.options)


def regularizers() -> Iterator[Case]:
    """Each once for a kernel and once for a layer's outputs."""
    for piece in pieces("regularizers", nn.regularizers.registry):
        for of in ("kernel", "activity"):
            yield _with(piece, "regularizers", f"{piece} of {of}", model=lambda library, piece=piece, of=of: network(
                library, **{f"{of}_regularizer": piece.make(library)}))  # fmt: skip


def constraints() -> Iterator[Case]:
    for piece in pieces("constraints", nn.constraints.registry):
        yield _with(piece, "constraints", model=lambda library, piece=piece: network(
            library, kernel_constraint=piece.make(library)))  # fmt: skip


def normalizations() -> Iterator[Case]:
    """Without a bias before them: its gradient is 0 but for rounding, and of that the difference says nothing."""
    for piece in pieces("layers", nn.layers.registry, lambda each: each.__name__.endswith("Normalization")):
        yield _with(piece, "normalizations", model=lambda library, piece=piece: network(
            library, piece.make(library), use_bias=False))  # fmt: skip


def noises() -> Iterator[Case]:
    """Of inputs with as many axes as a layer takes."""
    for each in pieces("layers", nn.layers.registry, lambda each: issubclass(each, nn.layers.noise.Noise)):
        piece = each if each.options else each._replace(options=ANY_NOISE)
        yield _with(piece, "noise", model=lambda library, piece=piece: _noisy(library, piece))


def _noisy(library: Any, piece: Piece) -> Any:
    layers, places = library.layers, getattr(getattr(nn.layers, piece.name), "places", 0)
    sides = (2, *(1,) * (places - 1), 2) if places else (4,)
    return network(library, layers.Reshape(sides), piece.make(library), layers.Flatten())


def metrics() -> Iterator[Case]:
    """All metrics for one kind of targets beside each other, in one run."""
    found = [
        piece for piece in pieces("metrics", nn.metrics.registry, inspect.isclass) if piece.name not in NOT_OF_MODELS
    ]
    for targets in ("labels", "ones", "some", "shares"):
        those = tuple(
            piece._replace(options={**piece.options, "name": str(piece)})
            for piece in found
            if TARGETS.get(piece.name, "shares") == targets
        )
        usual = _with(those[0], "metrics", f"metrics of {targets}", loss=_squares, targets=targets)
        yield usual._replace(pieces=those, has_metrics=True, loss=_squares if targets != "labels" else _sparse)


def _squares(library: Any) -> Any:
    return library.losses.MeanSquaredError()


def _sparse(library: Any) -> Any:
    return library.losses.SparseCategoricalCrossentropy()


KINDS: dict[str, Callable[[], Iterator[Case]]] = {
    "optimizers": optimizers,
    "schedules": schedules,
    "losses": losses,
    "activations": activations,
    "regularizers": regularizers,
    "constraints": constraints,
    "normalizations": normalizations,
    "noise": noises,
    "metrics": metrics,
}


def all_cases() -> dict[tuple[str, str], Case]:
    """The cases by kind and name."""
    return {(case.kind, case.name): case for make in KINDS.values() for case in make()}
