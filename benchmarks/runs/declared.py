"""The lectures' headline runs: one declaration a run. Another run is another entry of RUNS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from demos.xor import ITERATIONS

from . import data, networks
from .data import Source

Printed = Mapping[str, Mapping[int, float]]  # of each figure its values after some epochs, the first epoch being 1


class Run(NamedTuple):
    """What is trained on what, and what the lecture prints."""

    name: str  # on the command line and in the names of files
    title: str
    about: str
    source: Source
    substitute: Source  # where the data is missing
    build: Callable[[Any, Any], Any]  # takes the library and the inputs to train on
    epochs: int
    batch: int
    score: str  # the figure of an epoch that sums the run up
    printed: Printed = MappingProxyType({})
    tested: Mapping[str, float] = MappingProxyType({})  # what the lecture prints for the test set
    seeds: int = 5
    solved: float | None = None  # the score from which on a run of two outcomes has gone well
    is_quick: bool = False  # whether a quick look takes it in: one run shows that all of it works


def from_first(*values: float) -> dict[int, float]:
    """The values after each epoch, by the epoch's number.

    >>> from_first(0.8, 0.9)
    {1: 0.8, 2: 0.9}
    """
    return dict(enumerate(values, 1))


MNIST = {
    "loss": {1: 1.2974, 2: 0.5901, 3: 0.4705, 10: 0.3213},
    "accuracy": {1: 0.5868, 2: 0.8301, 3: 0.8640, 10: 0.9043},
    "val_loss": {1: 0.7243, 2: 0.5206, 3: 0.4453, 10: 0.3271},
    "val_accuracy": {1: 0.7901, 2: 0.8492, 3: 0.8672, 10: 0.9040},
}
MNIST_TESTED = {"loss": 0.3106, "accuracy": 0.9074}
RUNS = [
    Run(
        name="mnist",
        title="50 tanh units, Nadam, batches of 1,024, 10 epochs",
        about="Lecture 000. The pixels are raw, from 0 to 255, as in the listing: most tanh units are flat from the "
        "start. The split goes by position, so another order of the images gives others to validate with.",
        source=data.mnist,
        substitute=data.raw_digits,
        build=networks.mnist,
        epochs=10,
        batch=1024,
        score="val_accuracy",
        printed=MNIST,
        tested=MNIST_TESTED,
        is_quick=True,
    ),
    Run(
        name="mnist-then",
        title="the same with Nadam's rate of then, 0.002",
        about="The lecture's log calls the accuracy acc, as Keras did before 2.3. By default, Nadam's rate was 0.002 "
        "then and is 0.001 now. Compare how far the first epochs are from the lecture's marks, here and above.",
        source=data.mnist,
        substitute=data.raw_digits,
        build=networks.mnist_then,
        epochs=10,
        batch=1024,
        score="val_accuracy",
        printed=MNIST,
        tested=MNIST_TESTED,
        seeds=2,
    ),
    Run(
        name="housing",
        title="3 layers of 50 ReLU units, Adam, batches of 32, 20 epochs",
        about="Lecture 002, which prints no figure. A few blocks have hundreds of occupants to a household: one of "
        "them can double the error of validation, so its curve jumps.",
        source=data.housing,
        substitute=data.diabetes,
        build=networks.housing,
        epochs=20,
        batch=32,
        score="val_RootMeanSquaredError",
    ),
    Run(
        name="xor",
        title=f"2 hidden tanh units, steepest descent, {ITERATIONS:,} iterations",
        about="Lecture 000, which prints no figure but says that different initializations lead to different results. "
        "The noise, the rate and the number of iterations are those of the demo; all points are one batch.",
        source=data.xor,
        substitute=data.xor,
        build=networks.xor,
        epochs=ITERATIONS,
        batch=1000,
        score="right_side",
        solved=0.9,  # with three of four corners right, no more than about 0.75 are
    ),
    Run(
        name="fashion10",
        title="300-100-10 ReLU, SGD 0.01, batches of 32, 10 epochs",
        about="Lecture 004. The first 5,000 images validate. From one epoch to the next the validation accuracy jumps "
        "by a point or two (the lecture's from 0.8636 to 0.8832 in the last), so one seed's last epoch says little.",
        source=data.fashion_first,
        substitute=data.digits,
        build=networks.fashion,
        epochs=10,
        batch=32,
        score="val_accuracy",
        printed={
            "loss": from_first(0.7229, 0.4884, 0.4429, 0.4131, 0.3944, 0.3772, 0.3635, 0.3515, 0.3408, 0.3323),
            "accuracy": from_first(0.7646, 0.8317, 0.8452, 0.8549, 0.8615, 0.8676, 0.8730, 0.8747, 0.8784, 0.8811),
            "val_loss": from_first(0.5097, 0.4457, 0.4269, 0.4067, 0.3829, 0.3857, 0.3675, 0.3656, 0.3730, 0.3382),
            "val_accuracy": from_first(0.8288, 0.8550, 0.8554, 0.8646, 0.8690, 0.8672, 0.8680, 0.8710, 0.8636, 0.8832),
        },
        tested={"loss": 0.3748, "accuracy": 0.8652},
    ),
    Run(
        name="fashion30",
        title="300-100-10 ReLU, SGD 0.01, batches of 32, 30 epochs",
        about="Lecture 002. The same network, but the last 5,000 images validate.",
        source=data.fashion_last,
        substitute=data.digits,
        build=networks.fashion,
        epochs=30,
        batch=32,
        score="val_accuracy",
        printed={
            "loss": {1: 0.7220, 2: 0.4825, 30: 0.2235},
            "accuracy": {1: 0.7649, 2: 0.8332, 30: 0.9200},
            "val_loss": {1: 0.4959, 2: 0.4567, 30: 0.3056},
            "val_accuracy": {1: 0.8332, 2: 0.8384, 30: 0.8894},
        },
        tested={"loss": 0.3243, "accuracy": 0.8864},
    ),
]
