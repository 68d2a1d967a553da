"""Tests of the tests: planted wrong rules must be caught, and samples must cover what is declared."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autodiff as ad
from autodiff.domains import Domain, Sampler, elements
from autodiff.primitive import REGISTRY, Primitive
from benchmarks.faults import mutants

from . import samplers as s

SAMPLES = 24
DIFFERENTIABLE = sorted(name for name, made in REGISTRY.items() if any(rule is not None for rule in made.rules))


class Trial(NamedTuple):
    """A point to test a rule at, with what central differences say there."""

    args: tuple[Any, ...]
    params: dict[str, Any]
    tangents: list[np.ndarray]
    cotangent: np.ndarray
    expected: float

    def pull(self, made: Primitive) -> list[np.ndarray]:
        """The gradients that reverse mode gives by this primitive's rules."""
        _, pull = ad.vjp(lambda *values: made(*s.fill(self.args, values), **self.params), *s.variables(self.args))
        return list(pull(self.cotangent))

    def passes(self, made: Primitive) -> bool:
        try:
            got = s.dot(self.pull(made), self.tangents)
        except (ValueError, TypeError, IndexError):
            return False
        return bool(np.isclose(got, self.expected, rtol=1e-6, atol=1e-7))


def trial(made: Primitive, generator: np.random.Generator) -> Trial:
    args, params = made.sample(Sampler(generator))
    point = s.variables(args)
    tangents = [generator.uniform(0.5, 1.5, x.shape) * generator.choice([-1, 1], x.shape) for x in point]
    run = lambda *values: [np.asarray(made.run(*s.fill(args, values), **params))]  # noqa: E731 (one line)
    derivative = s.central(run, point, tangents)[0]
    cotangent = np.asarray(generator.uniform(0.5, 1.5, derivative.shape))
    return Trial(args, params, tangents, cotangent, s.dot([cotangent], [derivative]))


def is_wrong(mutant: Primitive, made: Primitive, trials: list[Trial]) -> bool:
    """Whether a mutant's gradients differ at all: minus zero, say, is no error."""
    return any(not _same(mutant, each.pull(made), each) for each in trials)


def _same(mutant: Primitive, right: list[np.ndarray], trial: Trial) -> bool:
    try:
        got = trial.pull(mutant)
    except (ValueError, TypeError, IndexError):
        return False
    return all(np.allclose(a, b, rtol=1e-9, atol=1e-12) for a, b in zip(got, right, strict=True))


def test_planted_faults_are_caught(record_property):
    caught, harmless, missed = [], [], []
    for name in DIFFERENTIABLE:
        made, generator = REGISTRY[name], np.random.default_rng(0)
        trials = [trial(made, generator) for _ in range(SAMPLES)]
        assert all(each.passes(made) for each in trials), f"{name}: a false alarm"
        for words, mutant in mutants(made):
            if not all(each.passes(mutant) for each in trials):
                caught.append(words)
            elif is_wrong(mutant, made, trials):
                missed.append(words)
            else:
                harmless.append(words)
    faults = len(caught) + len(missed)
    share = f"{len(caught)} of {faults} caught ({len(caught) / faults:.1%})"
    record_property("summary", f"planted faults: {share}, {len(harmless)} mutants change nothing")
    assert not missed
    assert len(caught) > 5 * len(DIFFERENTIABLE) // 2
    assert not [each for each in harmless if _is_live(each)], "no sample shows this rule at work"


FLAT = {"sign", "floor", "ceil", "trunc", "rint", "floor_divide", "heaviside"}  # derivative 0


def _is_live(words: str) -> bool:
    """Whether a mutant should have been an error: its rule is not that of a step function."""
    name, _, rest = words.partition(", ")
    return name not in FLAT and "sign" in rest and words != "copysign, rule 1: sign"


# Coverage of the generators


class Recorder(Sampler):
    """A sampler that notes what it drew: values by domain, and shapes that broadcast."""

    def __init__(self, generator: np.random.Generator) -> None:
        super().__init__(generator)
        self.drawn: dict[Domain, list[np.ndarray]] = defaultdict(list)
        self.shapes: list[tuple[int, ...]] = []

    def array(self, shape: Any, *domain: Domain) -> np.ndarray:
        values = super().array(shape, *domain)
        if domain:
            self.drawn[domain[0]].append(values.ravel())
        return values

    def broadcastable(self, count: int) -> list[tuple[int, ...]]:
        shapes = super().broadcastable(count)
        self.shapes += shapes
        return shapes


def assert_covers(domain: Domain, values: np.ndarray) -> None:
    """Near both ends of the domain, on both sides of each kink, and never in its gap."""
    low, high = values.min(), values.max()
    near = 0.05 * (domain.high - domain.low)
    edge = domain.gap + near
    assert domain.low - domain.gap <= low <= domain.low + edge
    assert domain.high - edge <= high <= domain.high + domain.gap
    for kink in domain.kinks:
        apart = values - kink
        assert np.abs(apart).min() >= domain.gap - 1e-12
        assert domain.low >= kink or ((apart < 0) & (apart > -edge)).any()
        assert domain.high <= kink or ((apart > 0) & (apart < edge)).any()


@pytest.mark.parametrize("name", sorted(name for name, made in REGISTRY.items() if made.kind == "elementwise"))
def test_samples_cover_the_declared_domain(name):
    recorder = Recorder(np.random.default_rng(0))
    for _ in range(300):
        REGISTRY[name].sample(recorder)
    for domain, values in recorder.drawn.items():
        assert_covers(domain, np.concatenate(values))
    if recorder.shapes:
        assert_shapes_vary(recorder.shapes)


def assert_shapes_vary(shapes: list[tuple[int, ...]]) -> None:
    assert {len(shape) for shape in shapes} == {0, 1, 2, 3}
    assert {side for shape in shapes for side in shape} == {0, 1, 2, 3}
    assert any(shape and np.prod(shape) == 1 for shape in shapes)


def _declared_domains() -> list[Domain]:
    recorder = Recorder(np.random.default_rng(0))
    for made in REGISTRY.values():
        made.sample(recorder)
    return sorted(recorder.drawn)


@pytest.mark.parametrize("domain", _declared_domains(), ids=str)
def test_hypothesis_covers_a_domain(domain):
    """What Hypothesis draws, all examples together, covers a domain as the generator does."""
    drawn = []

    @settings(max_examples=100, database=None, derandomize=True)
    @given(data=st.data())
    def draw(data):
        (x,), _ = elements(domain)(s.HypothesisSampler(data))
        drawn.append(x)

    draw()
    assert_covers(domain, np.concatenate([x.ravel() for x in drawn]))
    assert_shapes_vary([x.shape for x in drawn])
