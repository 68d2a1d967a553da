"""What a lecture prints, held against what the engine computes: each verdict is the result of a comparison."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

AGREES = "agrees"
ROUNDED = "agrees, rounded"
CUT = "agrees, cut"
CARRIED = "agrees with its own rounded steps"
SLIP = "slip"
VERDICTS = (AGREES, ROUNDED, CUT, CARRIED, SLIP)  # from best to worst

NOISE = 1e-9  # printed and derived formulas are computed in different orders; a slip is many digits larger
POINTS = [(-2.5,), (-1.0,), (-0.3,), (0.4,), (1.7,)]  # of one number, on both sides of 0 and off every kink


class Finding(NamedTuple):
    """One line of the report; `right` and `derivation` say more where the verdict is a slip."""

    lecture: str
    where: str
    what: str
    printed: str
    computed: str
    verdict: str
    right: str = ""
    derivation: str = ""


def no_derivation() -> str:
    return ""


@dataclass(frozen=True)
class Claim:
    """Something that a lecture prints, and what computes it from the lecture's own inputs."""

    lecture: str
    where: str
    what: str
    printed: str
    compute: Callable[..., Any]

    def finding(self) -> Finding:
        raise NotImplementedError(f"{type(self).__name__} has no finding()")

    def found(self, computed: str, verdict: str, right: str = "", derivation: str = "") -> Finding:
        return Finding(self.lecture, self.where, self.what, self.printed, computed, verdict, right, derivation)


@dataclass(frozen=True)
class Text(Claim):
    """Words, names, shapes or intervals: they agree if they are the same but for spaces."""

    derivation: Callable[[], str] = no_derivation

    def finding(self) -> Finding:
        computed = str(self.compute())
        if "".join(computed.split()) == "".join(self.printed.split()):
            return self.found(computed, AGREES)
        return self.found(computed, SLIP, computed, self.derivation())


@dataclass(frozen=True)
class Number(Claim):
    """One or more numbers. `line` is the slide's own arithmetic, where it goes on from numbers it has rounded.

    `marks` are the separators of thousands and of decimals: 003 writes 13.002 for thirteen thousand.
    """

    line: str = ""
    marks: str = ",."
    derivation: Callable[[], str] = no_derivation

    def finding(self) -> Finding:
        printed, computed = numbers(self.printed, self.marks), np.ravel(self.compute())
        decimals = max(map(places, printed)) + 2
        shown = ", ".join(digits(each, decimals) for each in computed)
        verdict = compare_all(printed, computed)
        if verdict != SLIP:
            return self.found(shown, verdict)
        if self.line and compare_all(printed, [evaluate(self.line)]) != SLIP:
            return self.found(f"{shown}; {self.line} = {evaluate(self.line):.6g}", CARRIED)
        own = f"; the slide's own {self.line} is {evaluate(self.line):.6g}" if self.line else ""
        return self.found(shown, SLIP, shown + own, self.derivation())


@dataclass(frozen=True)
class Formula(Claim):
    """A printed formula, as a function, beside what the engine computes or derives at the same points.

    `right` is the formula as it should read, `corrected` the same as a function: it is held against the engine, too.
    """

    formula: Callable[..., Any]
    points: Sequence[tuple[Any, ...]] = tuple(POINTS)
    right: str = ""
    corrected: Callable[..., Any] | None = None
    derivation: Callable[[], str] = no_derivation
    noise: float = NOISE

    def finding(self) -> Finding:
        first = next(self.differences(self.formula), None)
        if first is None:
            return self.found(f"the same at {len(self.points)} point{'s' * (len(self.points) > 1)}", AGREES)
        return self.found(first, SLIP, self.checked(), self.derivation())

    def differences(self, formula: Callable[..., Any]) -> Iterator[str]:
        """Where the formula and the engine differ, in words, point after point."""
        for point in self.points:
            derived = self.compute(*point)
            try:
                printed = formula(*point)
            except ValueError:
                yield f"cannot be computed with shapes {', '.join(str(np.shape(each)) for each in point)}"
                continue
            if not same(printed, derived, self.noise):
                yield first_difference(printed, derived, self.noise)

    def checked(self) -> str:
        """The corrected formula, and whether the engine agrees with that one."""
        if self.corrected is None:
            return self.right
        wrong = any(self.differences(self.corrected))
        return f"{self.right} ({SLIP if wrong else AGREES})"


def numbers(text: str, marks: str = ",.") -> list[Decimal]:
    """The numbers of a text, with the digits that they are printed with.

    >>> numbers("[0.50, -1,234]"), numbers("-0,70", marks=".,")
    ([Decimal('0.50'), Decimal('-1234')], [Decimal('-0.70')])
    """
    thousands, point = tuple(marks)
    found = re.findall(rf"[-−]?\d+(?:[{re.escape(marks)}]\d+)*", text)
    return [Decimal(each.replace("−", "-").replace(thousands, "").replace(point, ".")) for each in found]


def places(printed: Decimal) -> int:
    """How many decimals a number is printed with."""
    return max(0, -int(printed.as_tuple().exponent))


def compare(printed: Decimal, computed: Any) -> str:
    """The verdict on one number.

    >>> compare(Decimal("0.67"), 2 / 3), compare(Decimal("0.66"), 2 / 3), compare(Decimal("0.6"), 0.75)
    ('agrees, rounded', 'agrees, cut', 'slip')
    """
    exact, unit = Decimal(float(computed)), Decimal(1).scaleb(-places(printed))
    if abs(exact - printed) <= noise_of(computed) * abs(exact):
        return AGREES
    if abs(exact - printed) <= unit / 2:
        return ROUNDED
    is_cut = exact * printed >= 0 and 0 <= abs(exact) - abs(printed) < unit
    return CUT if is_cut else SLIP


def noise_of(computed: Any) -> Decimal:
    """What arithmetic in the number's dtype may lose, relative to the number."""
    dtype = np.asarray(computed).dtype
    return Decimal(16 * float(np.finfo(dtype).eps)) if dtype.kind == "f" else Decimal(0)


def compare_all(printed: Sequence[Decimal], computed: Any) -> str:
    """The worst verdict of all; other counts of numbers are a slip."""
    if len(printed) != len(computed):
        return SLIP
    return max((compare(p, c) for p, c in zip(printed, computed, strict=True)), key=VERDICTS.index)


def digits(value: Any, decimals: int) -> str:
    """A number with at most so many decimals.

    >>> digits(13002, 2), digits(0.33181222783183395, 5)
    ('13,002', '0.33181')
    """
    text = f"{float(value):,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def evaluate(line: str) -> float:
    """Arithmetic as a slide writes it."""
    return float(eval(line, {"__builtins__": {}}))


def same(printed: Any, derived: Any, noise: float) -> bool:
    """Whether two values, or two tuples of arrays, are the same in shape and, but for noise, in numbers."""
    if isinstance(derived, tuple):
        return all(same(p, d, noise) for p, d in zip(printed, derived, strict=True))
    return np.shape(printed) == np.shape(derived) and np.allclose(printed, derived, rtol=noise, atol=noise)


def first_difference(printed: Any, derived: Any, noise: float) -> str:
    """The first pair of numbers that differ."""
    if isinstance(derived, tuple):
        pairs = zip(printed, derived, strict=True)
        return next(first_difference(p, d, noise) for p, d in pairs if not same(p, d, noise))
    if np.shape(printed) != np.shape(derived):
        return f"shape {np.shape(printed)} printed, {np.shape(derived)} derived"
    apart = ~np.isclose(printed, derived, rtol=noise, atol=noise)
    p, d = (np.asarray(each)[apart].ravel()[0] for each in (printed, derived))
    return f"{p:.4g} printed, {d:.4g} derived"
