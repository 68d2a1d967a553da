"""Does `ad.check_grads` find wrong rules? Random ones are planted into every primitive, and into networks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

import autodiff as ad
from autodiff.checking import GradientError, Report
from autodiff.domains import Sample
from autodiff.plan import needs_of
from autodiff.primitive import Primitive

from ..faults import CHANGES, changed, planted, with_another, without_a_term
from ..points import Array, closed, variables
from .networks import Network
from .primitives import differentiable, draw

POINTS = 3  # at which a wrong rule is looked for before it counts as missed
FOUND, REFUSED, HARMLESS, MISSED = "found", "refused", "changes nothing", "missed"
ERRORS = (TypeError, ValueError, IndexError, np.linalg.LinAlgError)  # of a rule that does not fit its arguments
KINDS = ("sign", "zero", "one element", "not transposed")  # of those changes that have no size


class Fault(NamedTuple):
    """A primitive with one wrong rule: what is wrong with it, and which it is, in words."""

    kind: str
    words: str
    made: Primitive
    mutant: Primitive


class Outcome(NamedTuple):
    """What became of a fault; `named` where the report blames the right operation."""

    fault: Fault
    verdict: str
    named: bool = False


def random_faults(made: Primitive, count: int, generator: np.random.Generator) -> Iterator[Fault]:
    """So many random wrong rules of a primitive; factors are 1 ± 10⁻⁶ to 1 ± 1."""
    positions = [i for i, rule in enumerate(made.rules) if rule is not None]
    for _ in range(count):
        position = int(generator.choice(positions))
        factor = float(1 + generator.choice([-1, 1]) * 10 ** generator.uniform(-6, 0))
        wrong = list(wrong_rules(made, position, factor))
        kind, detail, rule = wrong[int(generator.integers(len(wrong)))]
        words = f"{made.name}, rule {position}: {detail}"
        yield Fault(kind, words, made, planted(made, position, rule))


def wrong_rules(made: Primitive, position: int, factor: float) -> Iterator[tuple[str, str, Any]]:
    """What may stand in a rule's place: the kind of the fault, its words, and the rule."""
    rule: Any = made.rules[position]
    yield "a factor", f"scaled by 1{factor - 1:+.1e}", scaled(rule, factor)
    yield "a term dropped", "a term dropped", without_a_term(rule)
    for kind in KINDS:
        yield kind, kind, changed(rule, CHANGES[kind])
    for i, other in enumerate(made.rules):
        if other is not None and i != position:
            yield "another argument's rule", f"that of argument {i}", other
    arrays = ("out", "x", "y")[: 1 + len(made.rules)]
    for name in sorted(set(needs_of(rule)) & set(arrays)):
        for other_name in arrays:
            if other_name != name:
                detail = f"`{other_name}` for `{name}`"
                yield "another array", detail, with_another(rule, name, other_name)


def scaled(rule: Any, factor: float) -> Any:
    """A rule that is wrong by a factor."""
    return changed(rule, lambda part: factor * part)


def outcome(fault: Fault, samples: Sequence[Sample]) -> Outcome:
    """Whether `check_grads` finds a fault at one of some points, or it is no fault there."""
    for args, params in samples:
        try:
            report = blamed(fault.mutant, args, params)
        except ERRORS:
            return Outcome(fault, REFUSED)
        if report is not None:
            return Outcome(fault, FOUND, str(report.operation).startswith(f"{fault.made.name}("))
    return Outcome(fault, MISSED if any(differs(fault, *sample) for sample in samples) else HARMLESS)


def blamed(made: Primitive, args: Any, params: dict[str, Any]) -> Report | None:
    """The report of `check_grads` where it says wrong."""
    try:
        with np.errstate(all="ignore"):
            ad.check_grads(closed(made, args, params), variables(args), order=1)
    except GradientError as error:
        return error.report
    return None


def differs(fault: Fault, args: Any, params: dict[str, Any]) -> bool:
    """Whether the gradients by the right and by the wrong rule differ at all."""
    right, wrong = (pulled(made, args, params) for made in (fault.made, fault.mutant))
    return not all(np.allclose(a, b, rtol=1e-9, atol=1e-12) for a, b in zip(right, wrong, strict=True))


def pulled(made: Primitive, args: Any, params: dict[str, Any]) -> list[Array]:
    """The gradients for a cotangent without symmetries."""
    values, pull = ad.vjp(closed(made, args, params), *variables(args))
    return list(pull([np.random.default_rng(0).uniform(0.5, 1.5, y.shape) for y in values]))


def samples_of(made: Primitive, generator: np.random.Generator) -> list[Sample]:
    """Sample arguments whose results have elements."""
    found: list[Sample] = []
    while len(found) < POINTS:
        args, params = draw(made, generator)
        if all(y.size for y in closed(made, args, params)(*variables(args))):
            found.append((args, params))
    return found


def random_outcomes(made: Primitive, count: int, generator: np.random.Generator) -> list[Outcome]:
    """What became of so many random wrong rules of a primitive."""
    return [outcome(fault, samples_of(made, generator)) for fault in random_faults(made, count, generator)]


def share_found(error: float) -> float:
    """The share of rules, scaled by 1 + `error`, that are found, of those that have any effect."""
    generator = np.random.default_rng(0)
    outcomes = [
        outcome(Fault("a factor", "", made, planted(made, i, scaled(rule, 1 + error))), samples_of(made, generator)[:1])
        for made in differentiable()
        for i, rule in enumerate(made.rules)
        if rule is not None
    ]
    verdicts = [each.verdict for each in outcomes if each.verdict != HARMLESS]
    return verdicts.count(FOUND) / len(verdicts)


class Planted(NamedTuple):
    """An operation of a network, whether its wrong rule was found, and what was blamed."""

    operation: str
    found: bool
    blamed: str


def in_network(network: Network, factor: float) -> list[Planted]:
    """Each primitive of a network in turn with all rules wrong by a factor: what `check_grads` says of the network."""
    found = []
    for made in operations(network):
        with rules_of(made, [rule and scaled(rule, factor) for rule in made.rules]):
            try:
                ad.check_grads(network.function, network.parameters, order=1)
                found.append(Planted(made.name, False, ""))
            except GradientError as error:
                found.append(Planted(made.name, True, str(error.report.operation).partition("(")[0]))
    return found


def operations(network: Network) -> list[Primitive]:
    """The primitives that a network's gradient goes through, by name."""
    parameters = [ad.tensor(each, requires_grad=True) for each in network.parameters]
    made = {node.primitive for node in ad.Graph(network.function(*parameters)).nodes if node.primitive is not None}
    return sorted(made, key=lambda each: each.name)


@contextmanager
def rules_of(made: Primitive, rules: Sequence[Any]) -> Iterator[None]:
    """A primitive with other rules, inside the block."""
    kept = made.rules, made._plans
    made.rules, made._plans = tuple(rules), {}
    try:
        yield
    finally:
        made.rules, made._plans = kept
