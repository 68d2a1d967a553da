"""Training through Keras' interface, ours and Keras' own: `python -m benchmarks.fit [--quick] [--threads N]`.

An epoch of `fit` and a call of `train_on_batch`: the lectures' network of 300, 100 and 10 units, with SGD and the
accuracy. The compiled step alone, without the accuracy and without Keras' interface, is the floor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import pairwise
from typing import Any

from . import command
from .contenders import installed
from .keras_models import Library, classifier, data, libraries, ours, scikit_classifier
from .mlp import SIZES
from .race import Bound, Race, run
from .report import Section
from .runners import Effort, running
from .timing import Maker, Step

TITLE = "An epoch of fit"
STEPS = 100  # of one call of fit
ALONE = "compiled step alone"
NOTE = (
    "Keras, `nn` and scikit-learn shuffle the rows; Keras and `nn` compute the accuracy, too. PyTorch is a loop of "
    "one's own over slices, without either: the least that its user writes. Data are in memory."
)


def sections(quick: bool) -> Iterator[Section]:
    effort = Effort(2, 0.05) if quick else Effort(5, 0.15)
    there = libraries(quick)
    with running(quick) as runners:
        section = run(epochs(there), effort, runners)
        yield section._replace(parts=[*section.parts, NOTE])
        yield run(single_steps(there), effort, runners)


def epochs(there: Mapping[str, Library], batch: int = 32) -> Race:
    """An epoch of STEPS batches."""
    makers: dict[str, Maker] = {ALONE: partial(stepping, batch)}
    makers |= {name: partial(fitting, library, batch) for name, library in there.items()}
    makers |= installed({"PyTorch": partial(torch_loop, batch), "scikit-learn": partial(scikit_epoch, batch)})
    bounds = [Bound("nn", ALONE, 1.15), Bound("nn", "Keras on JAX", 0.9), Bound("nn", "Keras on TensorFlow", 0.35)]
    return Race(f"fit, {STEPS} steps of batch {batch}, 784-300-100-10, SGD, accuracy", makers, bounds, list(there)[1:])


def single_steps(there: Mapping[str, Library]) -> Race:
    makers: dict[str, Maker] = {name: partial(on_batch, library) for name, library in there.items()}
    return Race("train_on_batch, 32 rows", makers, baselines=list(there)[1:])


def fitting(library: Library, batch: int) -> Step:
    """A call of `fit` of one epoch."""
    model, (x, y) = classifier(library()), data(batch * STEPS)
    return partial(model.fit, x, y, batch_size=batch, epochs=1, verbose=0)


def stepping(batch: int) -> Step:
    """The compiled step of the same model, STEPS times on one batch."""
    model, (x, y) = classifier(ours()), data(batch)
    model.fit(x, y, batch_size=batch, verbose=0)
    program = model.train_function.program

    def steps() -> None:
        for _ in range(STEPS):
            program(x, y)

    return steps


def on_batch(library: Library) -> Step:
    model, (x, y) = classifier(library()), data(32)
    return partial(model.train_on_batch, x, y)


def torch_loop(batch: int) -> Step:
    """An epoch in PyTorch, eager."""
    import torch

    x, y = map(torch.tensor, data(batch * STEPS))
    model = torch_classifier()
    optimizer = torch.optim.SGD(model.parameters(), 0.01)

    def epoch() -> None:
        for start in range(0, len(x), batch):
            rows = slice(start, start + batch)
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()

    return epoch


def torch_classifier() -> Any:
    """The network up to its logits."""
    from torch import nn

    layers: list[Any] = []
    for fan_in, fan_out in pairwise(SIZES):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def scikit_epoch(batch: int) -> Step:
    model, (x, y) = scikit_classifier(batch), data(batch * STEPS)
    return partial(model.partial_fit, x, y, classes=range(SIZES[-1]))


if __name__ == "__main__":
    command.run(TITLE, "fit", sections)
