"""ad.draw: what is drawn for which program, and what each option adds."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import autodiff as ad
from autodiff.domains import Sampler
from autodiff.drawing.themes import THEMES
from autodiff.primitive import REGISTRY

from .graphs import ALL, diamond, parameter
from .parsing import numbers, parsed

# The forward graph


def test_one_edge_per_argument_and_shared_nodes_once():
    x = parameter(3, "x")
    y = x * x
    picture = parsed(ad.draw(y + y))
    assert picture.ways("forward") == {("x", "a"): 2, ("a", "b"): 2}
    assert picture.kinds() == {"parameter": 1, "operation": 1, "output": 1}


def test_arguments_come_in_order():
    x, _, _, y = diamond()
    picture = parsed(ad.draw(np.where(np.array([True, False]), y, x)))
    orders = [picture.arrow(source, "a").attributes["headlabel"] for source in ("const", "y", "x")]
    assert orders == ["1", "2", "3"]
    assert picture.box("y").lines[0] == "y = left − right"
    assert [picture.arrow(source, "y").attributes["headlabel"] for source in ("left", "right")] == ["1", "2"]
    assert parsed(ad.draw(2 - x)).box("a").lines[0] == "a = 2 − x"


@pytest.mark.parametrize("options", [{}, ALL], ids=["plain", "all"])
def test_order_is_told_where_the_equation_is_too_long(options):
    x, y = parameter([1.0, 2.0], "first" * 8), parameter([3.0, 4.0], "second" * 8)
    z = x - y
    z.name = "z"
    picture = parsed(ad.draw(z, **options))
    ends = [picture.arrow(each.name, "z").attributes for each in (x, y)]
    orders = [end.get("headlabel") or end.get("taillabel") or end.get("xlabel") for end in ends]
    assert orders == ["1", "2"] or all(each.name in picture.box("z").lines[0] for each in (x, y))


def test_numbers_need_no_box_and_arrays_a_faint_one():
    _, _, _, y = diamond()
    picture = parsed(ad.draw(y * 2))
    (constant,) = [box for box in picture.boxes.values() if box.kind == "constant"]
    parameter_box = picture.box("x")
    assert float(constant.attributes["fontsize"]) < 11
    assert float(constant.attributes["penwidth"]) == 0 < float(parameter_box.attributes["penwidth"])
    assert constant.lines == ["float64 (2,)"]
    assert picture.kinds() == {"parameter": 1, "constant": 1, "operation": 3, "output": 1}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("highlight", [None, "y"])
def test_kinds_differ_in_form_whatever_the_colours(theme, highlight):
    *_, y = diamond()
    loss = y @ ad.tensor([1.0, 2.0], name="t")
    boxes = parsed(ad.draw(loss, backward=True, theme=theme, highlight=highlight)).boxes.values()
    forms = {box.kind: tuple(box.attributes.get(key) for key in ("shape", "peripheries", "style")) for box in boxes}
    results = {forms["operation"], forms["output"]}
    others = [forms[kind] for kind in ("parameter", "input", "constant", "backward")]
    assert results.isdisjoint(others) and len(set(others)) == 4


@pytest.mark.parametrize("wrap", [ad.Graph, lambda y: y, lambda y: [y], lambda y: (y,), lambda y: {"y": y},
                                  lambda y: SimpleNamespace(graph=ad.Graph(y)), lambda y: y._node])  # fmt: skip
def test_what_can_be_drawn(wrap):
    *_, y = diamond()
    assert ad.draw(wrap(y)).source == ad.draw(y).source


@pytest.mark.parametrize("wrong", [3.0, np.ones(2), "x", object(), [1], None, []])
def test_what_is_no_tensor_is_refused(wrong):
    with pytest.raises(TypeError, match="tensor"):
        ad.draw(wrong)


def test_several_outputs_and_outputs_that_are_leaves():
    x, _, right, y = diamond()
    picture = parsed(ad.draw({"a": y, "b": right}))
    assert picture.box("y").kind == picture.box("right").kind == "output"
    assert picture.box("left").kind == "operation"
    assert parsed(ad.draw([x, y])).ways("forward") == parsed(ad.draw(y)).ways("forward")
    assert parsed(ad.draw(x, **ALL)).kinds() == {"parameter": 1, "backward": 1}
    assert parsed(ad.draw(ad.tensor(1.0), **ALL)).kinds() == {"input": 1}


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_every_primitive_can_be_drawn(name):
    for seed in range(3):
        args, params = REGISTRY[name].sample(Sampler(np.random.default_rng(seed)))
        differentiable = [REGISTRY[name].rule(i) is not None for i in range(len(args))]
        leaves = [
            parameter(each) if wanted and isinstance(each, np.ndarray) and each.dtype.kind == "f" else each
            for each, wanted in zip(args, differentiable, strict=True)
        ]
        with np.errstate(all="ignore"):
            y = REGISTRY[name](*leaves, **params)
        if isinstance(y, ad.Tensor):
            arrays = sum(not isinstance(each, (int, float)) for each in leaves)
            assert len(parsed(ad.draw(y, **ALL)).of_kind("forward")) == arrays


# Before, after, and without backward()


def test_structure_is_the_same_before_and_after_backward():
    *_, y = diamond()
    before = ad.draw(y, backward=True, rules=True).source
    y.sum().backward()
    assert ad.draw(y, backward=True, rules=True).source == before


def test_inside_no_grad_an_earlier_graph_is_drawn_as_outside():
    *_, y = diamond()
    with ad.no_grad():
        inside = ad.draw(y, **ALL).source
    assert inside == ad.draw(y, **ALL).source


def test_forward_pass_without_gradients_is_seen_by_observe():
    x = parameter([1.0, -2.0], "x")
    with ad.no_grad(), ad.observe():
        y = ad.relu(x) * 3
    picture = parsed(ad.draw(y, **ALL))
    assert picture.ways("forward") == {("x", "a"): 1, ("a", "b"): 1}
    assert picture.box("b").values == ["[3  0]"]
    assert picture.kinds()["backward"] == 0


def test_second_order_graphs():
    x = parameter([0.5, 1.0], "x")
    np.tanh(x * x).sum().backward(create_graph=True)
    expected = ad.gradients(x.grad, x, np.ones(2))
    picture = parsed(ad.draw(x.grad, gradients=True))
    np.testing.assert_allclose(numbers(picture.box("x").gradient), expected, rtol=6e-3)
    assert parsed(ad.draw(x.grad, **ALL)).kinds()["backward"] > 5


# The backward graph


def test_backward_boxes_are_tied_and_cotangents_go_back_along_each_edge():
    *_, y = diamond()
    picture = parsed(ad.draw(y, backward=True))
    names = ["x", "left", "right", "y"]
    assert picture.ways("tie") == {(name, f"∂y/∂{name}"): 1 for name in names}
    back = {("y", "left"): 1, ("y", "right"): 1, ("left", "x"): 1, ("right", "x"): 1}
    assert picture.ways("backward") == {(f"∂y/∂{a}", f"∂y/∂{b}"): n for (a, b), n in back.items()}


def test_backward_has_one_edge_per_differentiable_argument():
    x, t = parameter([1.0, 2.0], "x"), ad.tensor([3.0, 4.0], name="t")
    picture = parsed(ad.draw(np.maximum(x * x, t), backward=True))
    assert picture.ways("backward") == {("∂b/∂a", "∂b/∂x"): 2, ("∂b/∂b", "∂b/∂a"): 1}
    assert picture.kinds()["backward"] == 3


def test_backward_shows_gradients_and_rules():
    x, w = ad.tensor([[1.0, 2.0]], name="x"), parameter([[3.0], [4.0]], "W")
    y = np.tanh(x @ w)
    slope = 1 - np.tanh(11.0) ** 2
    boxes = {box.name: box for box in parsed(ad.draw(y, **ALL)).boxes.values()}
    assert boxes["∂b/∂a"].rules == ["∂W = xᵀ g"]
    assert boxes["∂b/∂b"].rules == ["∂a = g · (1 − tanh²)"]
    np.testing.assert_allclose(numbers(boxes["∂b/∂W"].lines[2:]), [slope, 2 * slope], rtol=6e-3)


# Rules


def test_rules_name_arguments_and_add_where_cotangents_meet():
    _, _, _, y = diamond()
    picture = parsed(ad.draw(y, rules=True))
    assert picture.box("y").rules == ["∂left = g", "∂right = −g"]
    assert picture.box("left").rules == ["∂x += g · (1 − tanh²)"]


def test_rule_that_decides_by_values_does_not_hide_it():
    """Run on stand-ins that are all positive, it would read as `g`."""

    @ad.custom(lambda g, x: np.where(x > 0, g, 0.0))
    def ramp(x):
        return np.maximum(x, 0)

    assert parsed(ad.draw(ramp(parameter([-1.0, 2.0], "x")), rules=True)).box("a").rules != ["∂x = g"]


@pytest.mark.parametrize("error", [ValueError, AssertionError, KeyError, IndexError, RuntimeError, AttributeError])
def test_rule_of_the_users_that_refuses_stand_ins_gets_a_name(error):
    def rule(g, x):
        if np.any(ad.stop_gradient(x) < 10):
            raise error("less than 10")
        return g * 2

    @ad.custom(rule)
    def double(x):
        return x * 2

    picture = parsed(ad.draw(double(parameter([20.0], "x")), rules=True))
    assert picture.box("a").rules == ["∂x = double′(g, x)"]


@pytest.mark.parametrize("name", ["cube", "identity", "reshape", "where", "getitem", "astype"])
def test_operation_of_the_users_is_called_as_the_user_calls_it(name):
    """Also where the engine has an operation of that name."""

    def run(x, y):
        return x + y

    run.__name__ = name
    made = ad.custom(lambda g: g, lambda g: g)(run)
    assert parsed(ad.draw(made(parameter(1, "x"), parameter(2, "y")))).box("a").lines[0] == f"a = {name}(x, y)"


def test_checkpoint_is_one_box():
    w, x = parameter([3.0, 4.0], "w"), parameter([0.1, 0.2], "x")

    def block(x):
        return np.tanh(x * w)

    picture = parsed(ad.draw(ad.checkpoint(block)(x).sum(), gradients=True))
    assert picture.ways("forward") == {("x", "a"): 1, ("w", "a"): 1, ("a", "b"): 1}
    expected = ad.gradients(block(x).sum(), [w, x])
    np.testing.assert_allclose(numbers(picture.box("w").gradient), expected[0], rtol=6e-3)
    np.testing.assert_allclose(numbers(picture.box("x").gradient), expected[1], rtol=6e-3)


def test_checkpoint_of_several_results_has_its_gradients():
    x = parameter([1.0, 2.0], "x")
    pair = ad.checkpoint(lambda x: (x * x, x.sum()))(x)
    assert parsed(ad.draw(pair, gradients=True)).box("x").gradient == ["[3  5]"]
