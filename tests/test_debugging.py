"""debug(): the line of each node, and births of NaN and inf."""

from __future__ import annotations

import os
import sys
import warnings

import numpy as np
import pytest

import autodiff as ad
from autodiff.context import state
from autodiff.debugging import HINTS, NonFinite
from autodiff.primitive import REGISTRY


@pytest.fixture(autouse=True)
def _leaves_nothing_behind():
    """No tracer but ours, so that lines are exact; and afterwards everything as before."""
    tracer = sys.gettrace()
    sys.settrace(None)
    context, errors = state.context, np.geterr()
    try:
        yield
        assert sys.gettrace() is None
        assert (state.context, np.geterr()) == (context, errors)
    finally:
        sys.settrace(tracer)


def here(offset=0):
    """The caller's line, as messages spell it."""
    frame = sys._getframe(1)
    return f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno + offset}"


def parameter(*values, name=None, dtype=None):
    return ad.tensor(values, requires_grad=True, name=name, dtype=dtype)


# The line of each node


def test_each_node_knows_its_line():
    x = parameter(1.0, 2.0)
    with ad.debug():
        y = x * 2
        first = here(-1)
        z = np.tanh(
            y,
        )
        second = here(-3)
    assert (y._node.origin, z._node.origin) == (first, second)
    assert (x * 2)._node.origin is None


def test_line_is_the_users_inside_of_compositions_and_transforms():
    x = np.array([1.0, 2.0])
    seen = []

    def loss(w):
        y = ad.gelu(w)
        seen.append((y._node, here(-1)))
        return np.mean(y)

    with ad.debug():
        ad.grad(loss)(x)
    ((node, line),) = seen
    assert all(each.origin == line for each in ad.Graph([node]).nodes if each.primitive)


# Births in the forward pass


@pytest.mark.parametrize(
    ("function", "args", "what", "hint"),
    [
        (np.log, [0.0], "inf", "x > 0"),
        (np.log2, [-1.0], "NaN", "x > 0"),
        (np.log1p, [-2.0], "NaN", "x > -1"),
        (np.exp, [800.0], "inf", "ad.logsumexp"),
        (np.sqrt, [-1.0], "NaN", "x >= 0"),
        (np.divide, [0.0, 0.0], "NaN", "np.where(y == 0, 1, y)"),
        (np.divide, [1.0, 0.0], "inf", "np.where(y == 0, 1, y)"),
        (np.power, [-1.0, 0.5], "NaN", "whole exponent"),
        (np.power, [0.0, -1.0], "inf", "whole exponent"),
        (np.arcsin, [1.5], "NaN", "[-1, 1]"),
        (np.arccos, [-1.5], "NaN", "[-1, 1]"),
        (np.arccosh, [0.5], "NaN", "x >= 1"),
        (np.arctanh, [1.0], "inf", "(-1, 1)"),
        (np.multiply, [1e200, 1e200], "inf", "beyond the largest float64"),
    ],
)
def test_birth_is_reported_with_a_hint(function, args, what, hint):
    tensors = [parameter(each, 1.0) for each in args]
    with pytest.raises(NonFinite) as caught, ad.debug():
        function(*tensors)
    line = here(-1)
    message = str(caught.value)
    assert message.startswith(f"{function.__name__} at {line} made the first {what}: ")
    assert hint in message.rpartition("Hint: ")[2]
    for name, value in zip("xy", args, strict=False):
        low, high = sorted([value, 1.0])
        assert f"argument {name}: float64 (2,), {low:.6g} to {high:.6g}\n" in message


def test_report_names_the_scope_the_ranges_and_the_counts():
    x = parameter(-1.0, 0.0, 4.0, dtype=np.float32)
    with pytest.raises(FloatingPointError) as caught, ad.debug(), ad.scope("encoder"), ad.scope("norm"):
        np.log(x)
    line = here(-1)
    assert str(caught.value).splitlines()[:2] == [
        f"log at {line} in 'encoder/norm' made the first NaN: 1 NaN and 1 inf in float32 (3,)",
        "  argument x: float32 (3,), -1 to 4",
    ]


def test_conversion_to_a_narrow_dtype_is_a_birth():
    x = parameter(1e300)
    with pytest.raises(NonFinite, match=r"^astype at .*\n.*\nHint: .* the largest float32, 3.4e\+38"), ad.debug():
        x.astype(np.float32)


def test_birth_in_a_computation_without_gradients_is_reported():
    with pytest.raises(NonFinite, match="log at"), ad.debug(), ad.no_grad():
        np.log(ad.tensor([0.0]))


def test_first_birth_stops_the_program():
    x = parameter(0.0)
    with pytest.raises(NonFinite, match=r"^log at"), ad.debug():
        y = np.log(x)
        y * 0


def test_infinite_minus_infinite_is_a_birth_of_nan():
    x = parameter(-np.inf, 1.0)
    with pytest.raises(NonFinite) as caught, ad.debug():
        x - np.array([-np.inf, 0.0])
    assert "made the first NaN: 1 NaN and 0 inf" in str(caught.value)
    assert "argument x: float64 (2,), 1 to 1, 1 inf" in str(caught.value)
    assert "argument y: float64 (2,), 0 to 0, 1 inf" in str(caught.value)


def test_what_was_not_finite_before_is_let_pass():
    x = parameter(1.0, 2.0, 3.0)
    unknown = parameter(np.nan, 1.0)
    mask = np.array([True, False, True])
    with ad.debug():
        scores = np.where(mask, x, -np.inf)
        loss = -ad.log_softmax(scores)[0] + np.sum(ad.softmax(scores) ** 2) + ad.logsumexp(scores)
        loss.backward()
        padded = np.pad(x, 1, constant_values=-np.inf)
        best = np.max(x, where=mask, initial=-np.inf)
        np.exp(unknown * 2)
    assert np.isfinite(x.grad).all()
    assert np.isneginf(padded.data).sum() == 2
    assert best.item() == 3.0


def test_integers_and_truth_values_are_no_births():
    x = parameter(1.0, 2.0)
    with ad.debug():
        assert (x > 0).data.all()
        assert (ad.tensor([1, 2]) * 3).tolist() == [3, 6]


def test_numpys_warnings_do_not_come_first():
    x = parameter(0.0)
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        with pytest.raises(NonFinite, match="argument y: float64"), ad.debug():
            1 / x


def test_hints_are_for_operations_that_exist():
    assert set(HINTS) <= set(REGISTRY)


# Births in the backward pass


def test_backward_birth_names_the_forward_line():
    x = parameter(1e-320, 1.0)
    with ad.debug(), ad.scope("head"):
        loss = np.sum(np.log(x))
        line = here(-1)
        with pytest.raises(NonFinite) as caught:
            loss.backward()
    assert str(caught.value).splitlines() == [
        f"the backward rule of log at {line} in 'head' for argument x made the first inf: "
        "0 NaN and 1 inf in float64 (2,)",
        "  cotangent g: float64 (2,), 1 to 1",
        f"  argument x: float64 (2,), {1e-320:.6g} to 1",
        f"Hint: {HINTS['log']}",
    ]


def test_backward_birth_names_the_argument():
    x, y = parameter(1.0), parameter(1e-200)
    with ad.debug():
        z = x / y
        line = here(-1)
        with pytest.raises(
            NonFinite, match=f"^the backward rule of divide at {line} for argument y made the first inf"
        ):
            z.sum().backward()


def test_backward_birth_in_a_custom_rule():
    @ad.custom(lambda g, x: g / (x - x))
    def broken(x):
        return x * 1.0

    with ad.debug():
        y = broken(parameter(1.0))
        line = here(-1)
        with pytest.raises(
            NonFinite, match=f"^the backward rule of broken at {line} for argument x .*(\n.*)*Hint: the res"
        ):
            y.backward()


def test_backward_birth_while_the_pass_is_recorded():
    x = parameter(1e-320)
    with ad.debug():
        y = np.log(x)
        line = here(-1)
        with pytest.raises(NonFinite, match=f"^the backward rule of log at {line} for argument x"):
            y.backward(create_graph=True)


def test_infinity_inside_a_rule_that_ends_well_is_let_pass():
    with ad.debug():
        slope = ad.grad(ad.grad(np.arctan))(1e200)
    assert slope == 0


def test_cotangent_that_is_not_finite_is_let_pass():
    x = parameter(1.0, 2.0)
    with ad.debug():
        (x * 3).backward(np.array([np.inf, np.nan]))
    np.testing.assert_array_equal(x.grad, [np.inf, np.nan])


def test_node_from_outside_of_the_block_is_judged_too():
    y = np.log(parameter(1e-320))
    with ad.debug(), pytest.raises(NonFinite, match=r"log at a line outside of ad\.debug\(\)"):
        y.backward()


# What is right stays silent, and right


def trained(steps=4):
    """A regression with reused buffers, updated in place; the losses and the weights."""
    generator = np.random.default_rng(0)
    w, b = ad.tensor(generator.normal(size=(3, 2)), requires_grad=True), ad.tensor(np.zeros(2), requires_grad=True)
    batch, running, losses = np.empty((5, 3)), np.zeros(2), []
    for _ in range(steps):
        batch[:] = generator.normal(size=batch.shape)
        hidden = np.tanh(batch @ w + b)
        loss = np.mean((hidden - running) ** 2)
        w.grad = b.grad = None
        loss.backward()
        running += 0.1 * hidden.data.mean(0)
        for each in (w, b):
            each.data -= 0.1 * each.grad
        losses.append(loss)
    return [each.item() for each in losses], w.numpy(), b.numpy()


def test_training_loop_is_silent_and_the_same():
    expected = trained()
    with ad.debug():
        got = trained()
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_higher_derivatives_and_checkpoints_work():
    x = np.array([0.5, 1.5])
    with ad.debug():
        hessian = ad.hessian(ad.checkpoint(lambda x: np.sum(np.exp(x) * x)))(x)
        product = ad.hvp(lambda x: np.sum(x**3))(x, x)
    np.testing.assert_allclose(hessian, np.diag(np.exp(x) * (x + 2)), rtol=1e-12)
    np.testing.assert_allclose(product, 6 * x * x, rtol=1e-12)


def test_tensors_and_checkpoints_have_their_lines_too():
    with ad.debug():
        x = ad.tensor([1.0, 2.0], requires_grad=True)
        y = ad.checkpoint(np.exp)(x)
    line = sys._getframe().f_lineno
    assert [node.origin for node in ad.Graph(y)] == [f"test_debugging.py:{line - 2}", f"test_debugging.py:{line - 1}"]
