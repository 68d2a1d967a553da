"""Random programs, drawn and read back: boxes and arrows are those of the program, numbers are the real ones.

What must be drawn is noted down while a program runs, and is not asked of the recorded graph.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pygraphviz
from hypothesis import given, settings
from hypothesis import strategies as st

import autodiff as ad
from autodiff.context import state
from autodiff.drawing.numbers import FEW
from autodiff.drawing.themes import THEMES

from .parsing import numbers, parsed
from .test_rendering import groups, svg


class Operation(NamedTuple):
    """A function of one or two arguments; in which order it takes them, and which position carries no gradient."""

    run: Callable[..., Any]
    order: tuple[int, ...] = (0, 1)
    silent: int = -1


UNARY = [
    Operation(run, (0,))
    for run in (np.tanh, np.sin, np.negative, np.abs, np.floor, np.sum, np.transpose, ad.relu, lambda t: t > 0,
                lambda t: t[..., :1])
]  # fmt: skip
BINARY = [Operation(run) for run in (np.add, np.subtract, np.multiply, np.maximum, np.matmul)] + [
    Operation(lambda t, u: u - t, (1, 0)),
    Operation(lambda t, u: np.concatenate([t, u, t]), (0, 1, 0)),
    Operation(lambda t, u: np.where(u, t, 0.5), (1, 0), silent=0),
]
SHAPES = [(), (3,), (2, 3), (0,), (1, 1)]


class Item:
    """A tensor of a program, and what is to be drawn of it."""

    def __init__(self, tensor: Any, name: str, differentiable: bool, inputs: Any = (), silent: int = -1) -> None:
        tensor.name = name
        self.tensor, self.name, self.differentiable = tensor, name, differentiable
        self.inputs = tuple(inputs)  # items, numbers and "array"
        self.sources = [each for each in inputs if isinstance(each, Item)]
        self.carriers = [
            each for i, each in enumerate(inputs) if i != silent and isinstance(each, Item) and each.differentiable
        ]
        self.seen = {each: each.tensor.numpy() for each in self.sources}  # the values that it was made from

    def behind(self) -> set[Item]:
        found, stack = {self}, [self]
        while stack:
            new = set(stack.pop().sources) - found
            found |= new
            stack += new
        return found


class Program:
    """Builds items step by step, as Hypothesis decides."""

    def __init__(self, draw: Any, writes: bool, looked_on: bool) -> None:
        self.draw, self.looked_on = draw, looked_on
        self.items: list[Item] = []
        with ad.observe() if looked_on else ad.scope(""):
            for _ in range(draw(st.integers(1, 3))):
                self.leaf()
            for _ in range(draw(st.integers(1, 8))):
                self.write() if writes and draw(st.integers(0, 3)) == 0 else self.step()
        self.outputs = draw(st.lists(st.sampled_from(self.items[::-1]), min_size=1, max_size=3, unique=True))

    def enter(self, tensor: Any, differentiable: bool, inputs: Any = (), silent: int = -1) -> None:
        self.items.append(Item(tensor, f"t{len(self.items)}", differentiable, inputs, silent))

    def leaf(self) -> None:
        array = np.random.default_rng(self.draw(st.integers(0, 9))).normal(size=self.draw(st.sampled_from(SHAPES)))
        requires = self.draw(st.integers(0, 3)) > 0
        self.enter(ad.tensor(array, requires), requires)

    def step(self) -> None:
        """One operation on what is there, sometimes without recording; if it does not go, none."""
        x = self.draw(st.sampled_from(self.items))
        other: Any = self.draw(st.sampled_from([x, *self.items, 2.0, "array"]))
        operation = self.draw(st.sampled_from(UNARY + BINARY))
        recording = self.draw(st.integers(0, 4)) > 0
        inputs = [(x, other)[i] for i in operation.order]
        array = np.full((3,), 0.5)
        args = [array if each == "array" else getattr(each, "tensor", each) for each in (x, other)]
        with ad.scope(self.draw(st.sampled_from(["", "a", "a/b", "c"]))):
            try:
                with ad.scope("") if recording else ad.no_grad():
                    y = operation.run(*args[: max(operation.order) + 1])
            except (ValueError, TypeError, IndexError):
                return
        array[...] = 99.0  # nobody keeps it
        tracked = any(isinstance(each, Item) and each.differentiable for each in inputs)
        differentiable = tracked and recording and y.dtype.kind == "f"
        self.enter(y, differentiable, inputs if differentiable or self.looked_on else (), operation.silent)

    def write(self) -> None:
        item = self.draw(st.sampled_from(self.items))
        if not item.inputs and item.tensor.dtype.kind == "f":
            item.tensor.data[...] = self.draw(st.integers(-9, 9)) * 1.0

    def drawn(self) -> set[Item]:
        return set().union(*(each.behind() for each in self.outputs))

    def arrows(self) -> Counter[tuple[str, str]]:
        """One for each argument that is a tensor or an array."""
        return Counter(
            ("const" if each == "array" else each.name, item.name)
            for item in self.drawn()
            for each in item.inputs
            if not isinstance(each, float)
        )

    def reached(self) -> set[Item]:
        """What a cotangent of an output comes to."""
        found = {each for each in self.outputs if each.differentiable}
        stack = list(found)
        while stack:
            item = stack.pop()
            new = set(item.carriers if item.differentiable else ()) - found
            found |= new
            stack += new
        return found

    def draw_it(self, **options: Any) -> Any:
        return ad.draw([each.tensor for each in self.outputs], **options)


@st.composite
def programs(draw: Any, writes: bool = False) -> Program:
    return Program(draw, writes, looked_on=draw(st.booleans()))


many = settings(max_examples=4 * settings().max_examples)


def expected_kind(item: Item, program: Program) -> str:
    if not item.inputs:
        return "parameter" if item.differentiable else "input"
    return "output" if item in program.outputs else "operation"


@many
@given(programs())
def test_boxes_and_arrows_are_those_of_the_program(program):
    picture = parsed(program.draw_it())
    constants = sum(n for (source, _), n in program.arrows().items() if source == "const")
    kinds = Counter(expected_kind(item, program) for item in program.drawn())
    assert picture.kinds() == kinds + Counter(constant=constants)
    assert picture.ways("forward") == program.arrows()
    for item in program.drawn():
        box = picture.box(item.name)
        assert box.kind == expected_kind(item, program)
        assert box.lines[1] == f"{item.tensor.dtype} {item.tensor.shape}"


@many
@given(programs(), st.sampled_from([{}, {"values": True, "gradients": True, "rules": True}]))
def test_each_backward_box_is_tied_and_each_edge_goes_back(program, options):
    picture = parsed(program.draw_it(backward=True, **options))
    forward = {arrow.target: picture.named(arrow.source) for arrow in picture.of_kind("tie")}
    backward = [box.key for box in picture.boxes.values() if box.kind == "backward"]
    assert sorted(forward) == sorted(backward) and len(picture.of_kind("tie")) == len(backward)
    assert sorted(forward.values()) == sorted(item.name for item in program.reached())
    ways = Counter((forward[arrow.source], forward[arrow.target]) for arrow in picture.of_kind("backward"))
    assert ways == Counter((item.name, each.name) for item in program.reached() for each in item.carriers)
    assert picture.ways("forward") == program.arrows()


@many
@given(programs(), st.integers(0, 2))
def test_folding_keeps_count_and_loses_no_way(program, depth):
    """The arrows of a folded drawing are the ways between its boxes, each counted as often as it is there."""
    whole, folded = parsed(program.draw_it()), parsed(program.draw_it(scopes=depth))
    home = {box.key: box.key if len(box.scope) <= depth else box.scope[: depth + 1] for box in whole.boxes.values()}
    ends = [(home[a.source], home[a.target]) for a in whole.arrows if whole.boxes[a.source].kind != "constant"]
    ways = Counter(pair for pair in ends if pair[0] != pair[1])
    counts = [int(arrow.attributes.get("label", "×1")[1:]) for arrow in folded.of_kind("forward")
              if folded.boxes[arrow.source].kind != "constant"]  # fmt: skip
    assert sum(counts) == sum(ways.values())
    assert {box.scope for box in folded.boxes.values()} == {box.scope[:depth] for box in whole.boxes.values()}


@many
@given(programs(writes=True))
def test_values_are_those_of_the_recording_or_none(program):
    picture = parsed(program.draw_it(values=True))
    for item in program.drawn():
        lines = picture.box(item.name).values
        used = [each.seen[item] for each in program.drawn() if item in each.seen]
        if lines == ["value not kept"]:
            assert not (program.looked_on and used)
            continue
        real = used or [item.tensor.numpy()]
        assert any(agrees(lines, each) for each in real), f"{item.name} is shown as {lines}, expected one of {real}"


def agrees(lines: list[str], array: np.ndarray) -> bool:
    """Whether lines show these numbers, or the range of many."""
    if array.size == 0:
        return lines == ["empty"]
    real = array.ravel() if array.size <= FEW else np.unique([array.min(), array.max()])
    shown = numbers(lines)
    return len(shown) == real.size and np.allclose(shown, real, rtol=6e-3, atol=0)


@many
@given(programs(writes=True), st.booleans())
def test_gradients_are_those_of_ad_gradients_or_none(program, consumed):
    """Also after backward(), with gradients of other passes in `.grad`; and nothing is touched."""
    out = program.outputs[0].tensor
    if not out.requires_grad:
        return
    items = [item for item in program.outputs[0].behind() if item.differentiable]
    expected = ad.gradients(out, [item.tensor for item in items], np.ones(out.shape))
    for item in items:
        item.tensor.grad = np.full(item.tensor.shape, 77.0)
    if consumed:
        out.backward(np.ones(out.shape))
    grads, context = [np.copy(item.tensor.grad) for item in items], state.context
    picture = parsed(ad.draw(out, gradients=True))
    for item, gradient in zip(items, expected, strict=True):
        lines = picture.box(item.name).gradient
        assert agrees(lines, gradient) or (not lines and (consumed or not gradient.any())), (item.name, lines, gradient)
    for item, grad in zip(items, grads, strict=True):
        np.testing.assert_array_equal(item.tensor.grad, grad)
    assert state.context is context
    if not consumed:
        again = ad.gradients(out, [item.tensor for item in items], np.ones(out.shape))
        assert all(map(np.array_equal, again, expected))


@many
@given(programs(), st.data())
def test_highlight_is_what_carries_a_gradient_to_a_tensor(program, data):
    item = data.draw(st.sampled_from(sorted(program.drawn(), key=lambda each: each.name)))
    picture = parsed(program.draw_it(highlight=item.tensor))
    strong = {box.name for box in picture.boxes.values() if box.attributes["color"] == THEMES["light"].strong}
    carrying = {item}
    for each in sorted(program.drawn(), key=program.items.index):
        if each.differentiable and carrying.intersection(each.carriers):
            carrying.add(each)
    assert strong == {each.name for each in carrying} or not item.differentiable


@many
@given(programs(), st.booleans())
def test_the_same_text_each_time_and_graphviz_reads_it(program, backward):
    drawing = program.draw_it(backward=backward, values=True)
    assert program.draw_it(backward=backward, values=True).source == drawing.source
    picture, graph = parsed(drawing), pygraphviz.AGraph(string=drawing.source)
    assert set(graph.nodes()) == picture.boxes.keys()
    shown = [edge for edge in graph.edges(keys=True) if graph.get_edge(*edge).attr["style"] != "invis"]
    assert len(shown) == len(picture.arrows)
    graph.close()


@settings(max_examples=10)
@given(programs(), st.sampled_from(["TB", "LR"]))
def test_graphviz_draws_it(program, rankdir):
    drawing = program.draw_it(backward=True, values=True, gradients=True, rules=True, rankdir=rankdir)
    root, picture = svg(drawing), parsed(drawing)
    assert len(groups(root, "node")) == len(picture.boxes)
    assert len(groups(root, "edge")) == len(picture.arrows)
    assert len(groups(root, "cluster")) == len(picture.scopes)
