"""A small reader of DOT, enough to look at what a drawing says without Graphviz."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from itertools import dropwhile, takewhile
from typing import Any, NamedTuple

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|->|[{}\[\];,=:]|[\w.#%+-]+', re.DOTALL)
POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
NUMBER = re.compile(r"(−?)(nan|inf|\d+(?:\.\d+)?)(?: · 10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+))?")


class Box(NamedTuple):
    """A node statement, and the labels of the clusters around it."""

    key: str
    attributes: dict[str, str]
    scope: tuple[str, ...]

    @property
    def kind(self) -> str:
        return self.attributes["class"]

    @property
    def lines(self) -> list[str]:
        """The text of the label, line by line."""
        rows = self.attributes["label"][1:-1].split("<br/>")
        return [html.unescape(re.sub("<[^>]*>", "", row)) for row in rows]

    @property
    def name(self) -> str:
        """`a` of `a = x + y`."""
        return self.lines[0].split(" = ")[0]

    @property
    def values(self) -> list[str]:
        """The lines between the shape and the gradient."""
        rest = self.lines[1 if self.kind == "constant" else 2 :]
        return list(takewhile(lambda line: not line.startswith(("∂", ".grad")) and "dead" not in line, rest))

    @property
    def gradient(self) -> list[str]:
        """The lines of the gradient, without its sign."""
        rest = list(dropwhile(lambda line: not line.startswith("∂ "), self.lines))
        return [rest[0][2:], *takewhile(lambda line: line.strip().startswith("["), rest[1:])] if rest else []

    @property
    def rules(self) -> list[str]:
        return [line for line in self.lines[1:] if re.match(r"∂.* \+?= ", line)]


class Arrow(NamedTuple):
    """An edge statement, in the direction in which its arrow points."""

    source: str
    target: str
    attributes: dict[str, str]

    @property
    def kind(self) -> str:
        return self.attributes["class"]


class Picture:
    """All that a drawing says."""

    def __init__(self, source: str) -> None:
        self.boxes: dict[str, Box] = {}
        self.arrows: list[Arrow] = []
        self.attributes: dict[str, str] = {}
        self.scopes: list[tuple[str, ...]] = []
        _Reader(source, self).read()
        missing = {end for arrow in self.arrows for end in arrow[:2]} - self.boxes.keys()
        assert not missing, f"arrows lead to {missing}, which no statement declares"

    @property
    def notes(self) -> str:
        return self.attributes.get("label", "").replace("\\l", "\n")

    def kinds(self) -> Counter[str]:
        return Counter(box.kind for box in self.boxes.values())

    def of_kind(self, *kinds: str) -> list[Arrow]:
        return [arrow for arrow in self.arrows if arrow.kind in kinds]

    def box(self, name: str) -> Box:
        """The one box on the forward side that is called so."""
        (found,) = [box for box in self.boxes.values() if box.kind != "backward" and box.name == name]
        return found

    def named(self, key: str) -> str:
        return "const" if self.boxes[key].kind == "constant" else self.boxes[key].name

    def ways(self, *kinds: str) -> Counter[tuple[str, str]]:
        """How many arrows of these kinds lead from which name to which."""
        return Counter((self.named(arrow.source), self.named(arrow.target)) for arrow in self.of_kind(*kinds))

    def arrow(self, source: str, target: str, kind: str = "forward") -> Arrow:
        (found,) = [
            each
            for each in self.of_kind(kind)
            if (self.named(each.source), self.named(each.target)) == (source, target)
        ]
        return found


class _Reader:
    """Recursive descent over the tokens."""

    def __init__(self, source: str, picture: Picture) -> None:
        self.tokens = list(_tokens(source))
        self.picture = picture

    def read(self) -> None:
        assert self.tokens.pop(0) == "digraph", "not a directed graph"
        self.take()
        self.block((), self.picture.attributes)
        assert not self.tokens, f"text after the end: {self.tokens[:3]}"

    def take(self) -> str:
        token = self.tokens.pop(0)
        return token[1:-1].replace('\\"', '"') if token[0] == '"' else token

    def block(self, scope: tuple[str, ...], attributes: dict[str, str]) -> None:
        assert self.tokens.pop(0) == "{"
        while self.tokens[0] != "}":
            self.statement(scope, attributes)
        self.tokens.pop(0)

    def statement(self, scope: tuple[str, ...], attributes: dict[str, str]) -> None:
        if self.tokens[0] in ("subgraph", "{"):
            self.part(scope)
        elif self.tokens[0] in ("node", "edge", "graph"):
            self.tokens.pop(0)
            self.options()
        elif self.tokens[1] == "=":
            key, _, value = self.take(), self.take(), self.take()
            attributes[key] = value
        elif self.tokens[1] == "->":
            source, _, target = self.take(), self.take(), self.take()
            self.enter_arrow(source, target, self.options())
        else:
            self.enter_box(self.take(), scope)

    def part(self, scope: tuple[str, ...]) -> None:
        """A cluster, or a row of boxes without a name."""
        attributes: dict[str, str] = {}
        is_cluster = self.tokens[0] == "subgraph"
        if is_cluster:
            self.take()
            assert self.take().startswith("cluster")
            scope = (*scope, self.label_ahead())
            assert scope not in self.picture.scopes, f"two frames for {scope}"
            self.picture.scopes.append(scope)
        self.block(scope, attributes)

    def label_ahead(self) -> str:
        """The label of the cluster that begins here, which shows a backslash for two and resolves entities."""
        place = self.tokens.index("label")
        text = self.tokens[place + 2]
        assert text[0] != "<", f"a frame's label is read as HTML: {text}"
        text = text[1:-1] if text[0] == '"' else text
        return html.unescape(re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL))

    def enter_box(self, key: str, scope: tuple[str, ...]) -> None:
        assert key not in self.picture.boxes, f"two boxes share the key {key!r}"
        self.picture.boxes[key] = Box(key, self.options(), scope)

    def enter_arrow(self, source: str, target: str, attributes: dict[str, str]) -> None:
        if attributes.get("style") == "invis":  # places a box, and shows nothing
            return
        ends = (target, source) if attributes.get("dir") == "back" else (source, target)
        self.picture.arrows.append(Arrow(*ends, attributes))

    def options(self) -> dict[str, str]:
        """`[a=b c=d]`. A colon here would be a port, and no drawing has any."""
        found: dict[str, str] = {}
        assert self.tokens.pop(0) == "[", "expected attributes (a name that is cut at a colon?)"
        while self.tokens[0] != "]":
            key, sign, value = self.take(), self.take(), self.take()
            assert sign == "="
            found[key] = value
        self.tokens.pop(0)
        return found


def _tokens(text: str) -> Iterator[str]:
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        end = _html_end(text, place) if text[place] == "<" else _end(text, place)
        yield text[place:end]
        place = end


def _end(text: str, place: int) -> int:
    found = TOKEN.match(text, place)
    assert found, f"not DOT: {text[place : place + 40]!r}"
    return found.end()


def _html_end(text: str, place: int) -> int:
    """An HTML-like string ends where its brackets are balanced."""
    depth = 0
    for i in range(place, len(text)):
        depth += {"<": 1, ">": -1}.get(text[i], 0)
        if depth == 0:
            return i + 1
    raise AssertionError(f"an HTML-like label without an end: {text[place : place + 40]!r}")


def parsed(drawing: Any) -> Picture:
    return Picture(drawing.source)


def numbers(lines: list[str]) -> list[float]:
    """The numbers that some lines show: `[1.5  −2 · 10⁻³]`."""
    found = [NUMBER.findall(line) for line in lines]
    return [
        float(f"{'-' * bool(sign)}{digits}{'e' + power.translate(POWERS) if power else ''}")
        for row in found
        for sign, digits, power in row
    ]
