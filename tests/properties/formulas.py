"""A reader of the notation that shares nothing with its writer: a formula in text, evaluated with NumPy.

truth      = conjunction {"∨" conjunction}
conjunction = comparison {"∧" comparison}
comparison = sum [("=" | "≠" | "<" | "≤" | ">" | "≥") sum]      # one: a < b = c says something else
sum        = ["−"] product {("+" | "−") product}                # no two signs side by side
product    = row {("·" | "/" | "//" | "%") row}                 # from left to right
row        = prefixed {prefixed}                                # a product of matrices
prefixed   = ("√" | "∛" | "¬" | "Σ" [axes]) prefixed | power
power      = postfixed ["^" postfixed]
postfixed  = atom {"²" | "⁻¹" | "ᵀ" | "[" index "]"}
atom       = number | name | name "(" truth {"," truth} ")" | "(" truth ")" | "|" truth "|"
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

_TOKENS = re.compile(
    r" *(?:(?P<number>\d+(?:\.\d+)?|inf|nan)|(?P<call>[A-Za-z_][A-Za-z_0-9]*\(|σ\()|(?P<name>[A-Za-z_][A-Za-z_0-9]*|σ)"
    r"|(?P<index>\[[^\]]*\])|(?P<power>[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)|(?P<axes>Σ[₀-₉₋,]*)|(?P<sign>//|[-+−·/%^√∛¬()|,=≠<≤>≥∧∨ᵀ]))"
)
_PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹₋₀₁₂₃₄₅₆₇₈₉…", "-0123456789-0123456789.")
COMPARISONS = {
    "=": np.equal, "≠": np.not_equal, "<": np.less, "≤": np.less_equal, ">": np.greater, "≥": np.greater_equal,
}  # fmt: skip
_PRODUCTS = {"·": np.multiply, "/": np.divide, "//": np.floor_divide, "%": np.remainder}
TEN = np.array(10.0)  # in a power of ten: exact
_PREFIXES = {"√": np.sqrt, "∛": np.cbrt, "¬": np.logical_not}


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def softmax(x: Any) -> Any:
    e = np.exp(x - np.max(x, -1, keepdims=True))
    return e / np.sum(e, -1, keepdims=True)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "σ": sigmoid,
    "softplus": lambda x: np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0),
    "relu": lambda x: np.maximum(x, 0),
    "erf": np.vectorize(math.erf, otypes=[float]),
    "softmax": softmax,
    "solve": np.linalg.solve,
}


def read(text: str, names: Mapping[str, Any], literal: Callable[[str], Any] = float) -> Any:
    """The value of a formula; SyntaxError where it is not one, or says two things."""
    with np.errstate(all="ignore"):
        return _Reader(text, names, literal).whole()


class _Reader:
    def __init__(self, text: str, names: Mapping[str, Any], literal: Callable[[str], Any]) -> None:
        self.text, self.names, self.literal = text, names, literal
        self.tokens = self._cut()

    def _cut(self) -> list[tuple[str, str]]:
        tokens, place = [], 0
        while place < len(self.text):
            found = _TOKENS.match(self.text, place)
            if found is None or found.lastgroup is None:
                raise SyntaxError(f"{self.text!r} at {place}")
            tokens.append((found.lastgroup, found.group(found.lastgroup)))
            place = found.end()
        return [*tokens, ("end", "")][::-1]

    def next(self, *expected: str) -> str:
        kind, word = self.tokens.pop()
        if expected and word not in expected:
            raise SyntaxError(f"{self.text!r}: got {word or kind!r}, expected one of {expected}")
        return word

    def meets(self, *words: str) -> bool:
        return self.tokens[-1][1] in words

    def whole(self) -> Any:
        value = self.truth()
        self.next("")
        return value

    def joined(self, value: Any, part: Callable[[], Any], signs: Mapping[str, Callable[[Any, Any], Any]]) -> Any:
        """More parts with signs between them, from left to right."""
        while self.meets(*signs):
            value = signs[self.next()](_number(value), _number(part()))
        return value

    def truth(self) -> Any:
        return self.joined(self.conjunction(), self.conjunction, {"∨": np.logical_or})

    def conjunction(self) -> Any:
        return self.joined(self.comparison(), self.comparison, {"∧": np.logical_and})

    def comparison(self) -> Any:
        value = self.sum()
        return COMPARISONS[self.next()](value, self.sum()) if self.meets(*COMPARISONS) else value

    def sum(self) -> Any:
        minus = self.meets("−") and self.next()
        first = self.product()
        return self.joined(np.negative(first) if minus else first, self.product, {"+": np.add, "−": np.subtract})

    def product(self) -> Any:
        return self.joined(self.row(), self.row, _PRODUCTS)

    def row(self) -> Any:
        value = self.prefixed()
        while self.tokens[-1][0] in ("number", "name", "call", "axes") or self.meets("(", "√"):
            value = np.matmul(value, self.prefixed())
        return value

    def prefixed(self) -> Any:
        if self.tokens[-1][0] == "axes":
            axes = self.next()[1:].translate(_PLAIN)
            over = tuple(map(int, axes.split(","))) if axes else None
            return np.sum(self.prefixed(), axis=over, keepdims=True)
        return _PREFIXES[self.next()](self.prefixed()) if self.meets(*_PREFIXES) else self.power()

    def power(self) -> Any:
        base = self.postfixed()
        if not self.meets("^"):
            return base
        self.next()
        return np.power(_number(base), self.postfixed())

    def postfixed(self) -> Any:
        value = self.atom()
        while self.tokens[-1][0] in ("power", "index") or self.meets("ᵀ"):
            kind, word = self.tokens[-1][0], self.next()
            if kind == "index":
                value = value[tuple(map(_index, word[1:-1].split(", ")))]
            elif kind == "power":
                value = self.raised(value, word)
            else:
                value = np.swapaxes(value, -1, -2)
        return value

    def raised(self, value: Any, word: str) -> Any:
        """A power, or the inverse of a matrix; but for powers of ten, exponents may be rounded, as other numbers."""
        if word == "⁻¹" and np.ndim(value) >= 2:
            return np.linalg.inv(value)
        power, base = int(word.translate(_PLAIN)), _number(value)
        exact = np.power(base, power) if power >= 0 else 1 / np.power(base, -power)  # so 10⁻⁵ is 1e-5 to the bit
        if value is TEN or self.literal is float:
            return exact
        return np.where(base > 0, np.power(base, np.sign(power) * self.literal(str(abs(power)))), exact)

    def atom(self) -> Any:
        kind, word = self.tokens[-1][0], self.next()
        if kind == "number":
            return TEN if word == "10" and _exponent(self.tokens[-1]) not in range(-4, 3) else self.literal(word)
        if kind == "name":
            return self.names[word]
        if kind == "call":
            return self._called(word[:-1])
        if word not in ("(", "|"):
            raise SyntaxError(f"{self.text!r}: {word!r} where a number or a name is expected")
        value = self.truth()
        self.next(")" if word == "(" else "|")
        return np.absolute(value) if word == "|" else value

    def _called(self, name: str) -> Any:
        args = [self.truth()]
        while self.next(",", ")") == ",":
            args.append(self.truth())
        if name not in ("bitwise_xor", "where"):
            args = list(map(_number, args))
        return (FUNCTIONS.get(name) or getattr(np, name))(*args)


def _number(value: Any) -> Any:
    """Truth values count as 1 and 0."""
    return np.asarray(value, dtype=float)


def _exponent(token: tuple[str, str]) -> int:
    return int(token[1].translate(_PLAIN)) if token[0] == "power" else 0


def _index(part: str) -> Any:
    if ":" in part:
        return slice(*[int(each) if each else None for each in part.split(":")])
    return {"…": ..., "new": None}[part] if part in ("…", "new") else int(part)
