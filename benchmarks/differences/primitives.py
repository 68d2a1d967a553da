"""How far is every primitive from central differences, at every step, in float64 and in float32?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from autodiff.domains import Sample, Sampler
from autodiff.primitive import REGISTRY, Primitive, describe_call

from ..complex_steps import STEP, takes_complex_steps
from ..points import Array, closed, is_variable, variables
from . import lines
from .lines import Curve, Line

DRAWS = 40  # samples that are tried before a primitive's derivative counts as 0 everywhere


class Trial(NamedTuple):
    """A primitive at one point: errors are relative, `complex_step` is NaN where there is none."""

    call: str
    slope: float  # the engine's, in reverse mode and float64, as is everything that says nothing else
    double: Curve
    single: Curve  # differences in float32, against the engine in float64
    engine_single: float  # the engine in float32, against itself in float64
    modes: float  # forward against reverse mode
    complex_step: float


class Measured(NamedTuple):
    """A primitive with its trials; none where its derivative is 0 wherever it was looked at."""

    name: str
    kind: str
    trials: tuple[Trial, ...]

    def median(self, what: Any) -> float:
        """The median over the points of a number of each trial."""
        return float(np.median([what(each) for each in self.trials]))

    def worst(self) -> Trial:
        """The trial that differences come least near to."""
        return max(self.trials, key=lambda each: each.double.least)


def differentiable() -> list[Primitive]:
    """The primitives that have a rule, in the order of the table."""
    return [made for made in REGISTRY.values() if any(rule is not None for rule in made.rules)]


def measure(made: Primitive, hs: Array, points: int) -> Measured:
    """A primitive at so many of its sample points; those where the derivative is 0 are left out."""
    takes_complex = takes_complex_steps(made.name)
    found = islice(points_of(made, np.random.default_rng(0)), points)
    return Measured(made.name, made.kind, tuple(_trial(call, along, hs, takes_complex) for call, along in found))


def points_of(made: Primitive, generator: np.random.Generator) -> Iterator[tuple[str, Line]]:
    """Calls with sample arguments, in words, and random lines through them on which the derivative is not 0."""
    for _ in range(DRAWS):
        args, params = draw(made, generator)
        point, function = variables(args), closed(made, args, params)
        if sum(x.size for x in point) and sum(y.size for y in function(*point)):
            along = lines.line(function, point, generator)
            if lines.reverse_slope(along):
                yield describe_call(made.name, [_rounded(each) for each in args], params), along


def draw(made: Primitive, generator: np.random.Generator) -> Sample:
    """Sample arguments and parameters."""
    assert made.sample is not None, "a primitive of the table has one"
    return made.sample(Sampler(generator))


def _rounded(value: Any) -> Any:
    """A small array as the numbers in it, for the reader; else what it is."""
    return np.round(value, 4).tolist() if is_variable(value) and value.size <= 4 else value


def _trial(call: str, along: Line, hs: Array, takes_complex: bool) -> Trial:
    slope = lines.reverse_slope(along)
    single = along.cast(np.float32)
    rounded = lines.reverse_slope(single.cast(np.float64))  # float64 at the point as float32 has it
    third = lines.third_derivative(along)
    by_complex = lines.complex_slopes(along, np.array([STEP]))[0] if takes_complex else np.nan
    return Trial(
        call,
        slope,
        lines.curve(along, hs, slope, third),
        lines.curve(single, hs, rounded, third),
        abs(lines.reverse_slope(single) / rounded - 1),
        abs(lines.forward_slope(along) / slope - 1),
        abs(by_complex / slope - 1),
    )


def stacked(measured: Sequence[Measured], what: Any) -> Array:
    """The median curve of each primitive, one a row; NaN where every step left the domain."""
    curves = [np.array([what(trial).errors for trial in each.trials]) for each in measured]
    return np.array([_median_of_finite(each) for each in curves])


def _median_of_finite(rows: Array) -> Array:
    columns = [column[np.isfinite(column)] for column in rows.T]
    return np.array([np.median(each) if each.size else np.nan for each in columns])
