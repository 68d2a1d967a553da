"""Lines of arithmetic, computed by Python."""

from __future__ import annotations

import math
import re

import numpy as np

SIGNS = {"·": "*", "−": "-", "²": "**2", "σ": "sigmoid"}
POWERS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
NUMBER = re.compile(r"(?<![\w.])\d+\.?\d*(?:e-?\d+)?")


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def plain(text: str) -> str:
    """`7.3 · 10⁻⁵` as 7.3e-5, and the other signs as Python has them."""
    text = re.sub(r" · 10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda found: f"e{found[1].translate(POWERS)}", text)
    for sign, code in SIGNS.items():
        text = text.replace(sign, code)
    return text


def numbers(text: str) -> list[float]:
    """The numbers in a text that the page shows."""
    return [float(each) for each in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", plain(text))]


def unit(value: float, digits: int = 3) -> float:
    """Half a unit of the last of so many significant digits: how far off a rounded number can be."""
    return 0.5 * 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1) if value else 0.0


def evaluated(term: str) -> tuple[float, float]:
    """What a term comes to, and how far that can be off because each of its numbers is rounded."""
    formula = plain(term)
    found = list(NUMBER.finditer(formula))
    exact = _run(formula)
    moved = [
        _run(f"{formula[: each.start()]}({float(each[0]) + unit(float(each[0]))!r}){formula[each.end() :]}")
        for each in found
        if not formula[: each.start()].endswith("**")
    ]
    return exact, sum(abs(each - exact) for each in moved)


def _run(formula: str) -> float:
    return float(eval(formula, {"sigmoid": sigmoid, "tanh": np.tanh}))
