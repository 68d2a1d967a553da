"""What is trained: small models that nn and Keras make from one description, and the batches that both are fed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

STEPS = 100
FEATURES, CLASSES, ROWS, BATCH = 3, 3, 96, 8
Maker = Callable[[Any], Any]  # takes a library, `nn` or `keras`


class Piece(NamedTuple):
    """Something of a library by its place there, and its arguments: `Piece("losses", "Huber", {"delta": 2.0})`."""

    module: str
    name: str
    options: dict[str, Any] = {}  # noqa: RUF012, a default that nobody changes

    def exists(self, library: Any) -> bool:
        """Whether a library has it."""
        return hasattr(attrgetter(self.module)(library), self.name)

    def make(self, library: Any) -> Any:
        """It, as an object of a library."""
        return getattr(attrgetter(self.module)(library), self.name)(**self.options)

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{key}={_short(value)}' for key, value in self.options.items())})".replace(
            "()", ""
        )


def _short(value: Any) -> str:
    """An option as a table shows it: of an object made of a config only the class."""
    return str(value["class_name"]) if isinstance(value, dict) and "class_name" in value else repr(value)


class Case(NamedTuple):
    """A model and what it is compiled with; `pieces` are what it compares, of which Keras may not have all."""

    kind: str
    name: str
    pieces: tuple[Piece, ...]
    model: Maker
    loss: Maker
    optimizer: Maker
    targets: str  # a key of `data`
    has_metrics: bool = False  # whether the pieces are its metrics

    def compiled(self, library: Any, is_known: Callable[[Piece], bool]) -> Any:
        """The model, ready to train, with those of its metrics that are known on the other side, too."""
        model = self.model(library)
        kept = [piece for piece in self.pieces if self.has_metrics and is_known(piece)]
        metrics = [piece.make(library) for piece in kept] or ["accuracy"]
        model.compile(optimizer=self.optimizer(library), loss=self.loss(library), metrics=metrics)
        return model


def network(library: Any, *between: Any, hidden: Any = "sigmoid", last: str = "softmax", **options: Any) -> Any:
    """Dense layers of 4 and 3 units, with others between them: 31 weights. Sigmoids have no kinks that a last
    digit could decide at."""
    layers = library.layers
    first = layers.Dense(4, hidden, name="hidden", **options)
    return library.Sequential(
        [library.Input((FEATURES,)), first, *between, layers.Dense(CLASSES, last, name="outputs")]
    )


def momentum(library: Any) -> Any:
    """An optimizer with slots, for cases that compare something else."""
    return library.optimizers.SGD(0.1, momentum=0.9)


def data(dtype: str) -> dict[str, Any]:
    """Inputs of three features and, for each row, targets of several kinds; floats have the given dtype."""
    numbers = np.random.default_rng(0)
    x = numbers.normal(size=(ROWS, FEATURES))
    labels = np.argmax(x @ numbers.normal(size=(FEATURES, CLASSES)) + 0.3 * numbers.normal(size=(ROWS, CLASSES)), 1)
    floats = {
        "x": x,
        "ones": np.eye(CLASSES)[labels],
        "some": (numbers.random((ROWS, CLASSES)) > 0.5).astype(float),
        "shares": numbers.dirichlet(np.full(CLASSES, 2.0), ROWS),
    }
    return {"labels": labels, **{name: each.astype(dtype) for name, each in floats.items()}}


def batches(targets: str, dtype: str, steps: int) -> Iterator[tuple[Any, Any]]:
    """Inputs and targets of each step: every epoch takes the rows in another order, which both sides are fed."""
    given, numbers = data(dtype), np.random.default_rng(1)
    per_epoch = ROWS // BATCH
    order = np.concatenate([numbers.permutation(ROWS) for _ in range(-(-steps // per_epoch))])
    for rows in order.reshape(-1, BATCH)[:steps]:
        yield given["x"][rows], given[targets][rows]
