"""Losses: values, gradients and reductions as Keras gives them; errors; programs; configs."""

from __future__ import annotations

import inspect
import pickle
from typing import Any

import numpy as np
import pytest

import autodiff as ad
from nn import activations, losses
from nn.losses.loss import LossFunctionWrapper

from .recorded import array, fixture

RECORDED = fixture("losses")
CASES = RECORDED["cases"]
IDS = [f"{each['class']}-{i}" for i, each in enumerate(CASES)]
rng = np.random.default_rng(3)
# Probabilities of nearly 1: 1 − p has few digits in float32, and Keras takes log(1 − p) of them, too.
ROUNDING = {"rtol": 2e-6, "atol": 3e-7}


def given(case: dict[str, Any], dtype: str = "float32") -> tuple[Any, Any, Any]:
    y_true, y_pred, weights = (array(case[key]) for key in ("y_true", "y_pred", "sample_weight"))
    return y_true, y_pred.astype(dtype), weights


def made(case: dict[str, Any], **options: Any) -> Any:
    return getattr(losses, case["class"])(**{**case["options"], **options})


# As Keras


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_values_are_those_of_keras(case):
    y_true, y_pred, _ = given(case)
    values = made(case, reduction=None)(y_true, y_pred)
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, array(case["values"]), **ROUNDING)
    own = inspect.signature(made(case).fn).parameters
    function = made(case).fn(y_true, y_pred, **{k: v for k, v in case["options"].items() if k in own})
    np.testing.assert_array_equal(function, values)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_reductions_are_those_of_keras(case):
    y_true, y_pred, weights = given(case)
    for reduction, (plain, weighted) in case["reduced"].items():
        loss = made(case, reduction=reduction)
        np.testing.assert_allclose(loss(y_true, y_pred), plain, **ROUNDING)
        np.testing.assert_allclose(loss(y_true, y_pred, weights), weighted, **ROUNDING)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_gradients_are_those_of_keras(case):
    y_true, y_pred, _ = given(case)
    if is_at_an_edge(y_pred):
        return  # at the bounds of a clip there is no derivative
    slope = ad.grad(lambda p: made(case)(y_true, p))(y_pred)
    # Ours is exact where Keras' log cosh cancels.
    np.testing.assert_allclose(slope, array(case["gradient"]), rtol=2e-5, atol=2e-7)


def is_at_an_edge(y_pred: Any) -> bool:
    return bool(np.any((y_pred == 0) | (y_pred == 1)))


def test_signatures_and_names_are_those_of_keras():
    for name, signature in RECORDED["signatures"].items():
        assert str(inspect.signature(getattr(losses, name))) == signature
    for name, function in RECORDED["functions"].items():
        assert losses.get(name) is getattr(losses, function)


def test_live_keras():
    keras = pytest.importorskip("keras", reason="needs Keras itself; its results are recorded for where it is not")
    y_true, y_pred = rng.random((4, 3)).astype("f"), rng.random((4, 3)).astype("f")
    for name in ("mean_squared_error", "log_cosh", "huber", "poisson", "binary_crossentropy", "kl_divergence"):
        expected = np.asarray(getattr(keras.losses, name)(y_true, y_pred))
        np.testing.assert_allclose(losses.get(name)(y_true, y_pred), expected, **ROUNDING)


# Derivatives, programs, dtypes


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_derivatives_agree_with_differences(case):
    y_true, y_pred, weights = given(case, "float64")
    if is_at_an_edge(y_pred) or case["class"] in ("CategoricalHinge",):
        return
    ad.check_grads(lambda p: made(case)(y_true, p, weights), (y_pred,))


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_program_gives_what_python_gives(case):
    y_true, y_pred, weights = given(case)
    loss = made(case)

    def step(y_true, y_pred, weights):
        return ad.value_and_grad(lambda p: loss(y_true, p, weights))(y_pred)

    program = ad.compile(step)
    for _ in range(2):
        for got, expected in zip(program(y_true, y_pred, weights), step(y_true, y_pred, weights), strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-7)
            assert got.dtype == np.float32


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_the_dtype_is_that_of_the_predictions(case, dtype):
    y_true, y_pred, weights = given(case, dtype)
    assert made(case)(y_true.astype("float64"), y_pred, weights.astype("float64")).dtype == dtype
    assert np.isfinite(made(case)(y_true, y_pred, weights))
    assert made(case, dtype="float32")(y_true, y_pred).dtype == np.float32


def test_tensors_and_lists_are_taken_as_arrays():
    loss = losses.MeanSquaredError()
    assert float(loss([[1.0], [2.0]], [[2], [4]])) == 2.5
    assert isinstance(loss(ad.tensor([[1.0]]), np.array([[2.0]])), ad.Tensor)


# Edges


def test_log_cosh_is_exact_for_small_differences():
    e = np.array([[1e-4], [1e-2], [1.0], [30.0], [500.0]])
    # e²/2 − e⁴/12 + e⁶/45 near 0, |e| − log 2 far out
    near = [5e-9 - 1e-16 / 12, 1e-4 / 2 - 1e-8 / 12 + 1e-12 / 45]
    expected = [*near, np.log(np.cosh(1)), 30 - np.log(2), 500 - np.log(2)]
    np.testing.assert_allclose(losses.log_cosh(np.zeros((5, 1)), e), expected, rtol=1e-12)
    np.testing.assert_allclose(losses.log_cosh(np.zeros((5, 1)), e.astype("f")), expected, rtol=5e-7)


@pytest.mark.parametrize("x", [-1e4, -90.0, 0.0, 90.0, 1e4])
def test_logits_need_no_clipping(x):
    for t in (0.0, 1.0):
        x32, sign = np.array([[x]], "f"), 1 - 2 * t
        expected = np.logaddexp(0, sign * x)
        np.testing.assert_allclose(losses.binary_crossentropy([[t]], x32, from_logits=True), [expected], rtol=1e-6)
        slope = ad.grad(lambda p, t=t: losses.BinaryCrossentropy(from_logits=True)([[t]], p))(x32)
        expected = sign * np.exp(np.minimum(sign * x, 0)) / (1 + np.exp(-abs(x)))
        np.testing.assert_allclose(slope, [[expected]], rtol=1e-6, atol=1e-38)


@pytest.mark.parametrize("name", ["binary_crossentropy", "categorical_crossentropy", "binary_focal_crossentropy"])
@pytest.mark.parametrize("function", ["sigmoid", "softmax"])
@pytest.mark.parametrize("axis", [-1, 0])
def test_probabilities_count_as_what_they_are(name, function, axis):
    """Whatever made them: losses may look at logits only where these give the very same probabilities."""
    rng = np.random.default_rng(0)
    made = getattr(activations, function)(ad.tensor(rng.normal(size=(4, 3))))
    true = rng.dirichlet(np.ones(3), 4)
    loss = getattr(losses, name)
    found = loss(true, made, axis=axis)
    np.testing.assert_allclose(np.asarray(found), loss(true, made.numpy(), axis=axis), rtol=1e-6)


@pytest.mark.parametrize(("function", "axis"), [("sigmoid", -1), ("softmax", -1), ("softmax", 1)])
def test_probabilities_of_labels_count_as_what_they_are(function, axis):
    rng = np.random.default_rng(0)
    made = getattr(activations, function)(ad.tensor(rng.normal(size=(4, 3, 3))))
    labels = rng.integers(0, 3, (4, 3))
    found = losses.sparse_categorical_crossentropy(labels, made, axis=axis)
    expected = losses.sparse_categorical_crossentropy(labels, made.numpy(), axis=axis)
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["dice", "tversky"])
def test_what_overlaps_nowhere_is_a_loss_of_1(name):
    """Also where there is nothing to overlap, and to the last digit elsewhere: epsilon() stands below the line only."""
    loss, nothing, all_of_it = getattr(losses, name), np.zeros((4, 3)), np.ones((4, 3))
    for true, pred in ((nothing, nothing), (nothing, all_of_it), (all_of_it, nothing)):
        assert loss(true, pred) == 1
    size = {"dice": 2 * 12, "tversky": 12}[name]
    assert loss(all_of_it, all_of_it) == pytest.approx(1 - size / (size + 1e-7), rel=1e-6)


def test_certain_probabilities_give_finite_losses_in_each_dtype():
    for dtype in ("float16", "float32", "float64"):
        for p in (0.0, 1.0):
            assert np.isfinite(losses.binary_crossentropy([[1 - p]], np.array([[p]], dtype)))
            rows = np.array([[p, 1 - p]], dtype)
            assert np.isfinite(losses.sparse_categorical_crossentropy([int(p)], rows))
            assert np.isfinite(losses.categorical_crossentropy([[p, 1 - p]], rows[:, ::-1]))


def test_cosine_similarity_of_a_zero_vector_has_a_finite_gradient():
    slope = ad.grad(lambda p: losses.CosineSimilarity()(np.ones((1, 2), "f"), p))(np.zeros((1, 2), "f"))
    assert np.all(np.isfinite(slope))


def test_a_batch_of_which_all_labels_are_ignored():
    for reduction in ("sum", "mean", "mean_with_sample_weight", "sum_over_batch_size"):
        loss = losses.SparseCategoricalCrossentropy(ignore_class=1, reduction=reduction)
        assert float(loss([1, 1], np.full((2, 3), 1 / 3))) == 0
        assert float(loss([1, 1], np.full((2, 3), 1 / 3), [1.0, 2.0])) == 0


def test_ignored_labels_do_not_count():
    p = np.array([[0.5, 0.5], [0.25, 0.75], [0.125, 0.875]])
    loss = losses.SparseCategoricalCrossentropy(ignore_class=255)
    assert float(loss([[0], [255], [0]], p)) == pytest.approx(-np.log(0.5 * 0.125) / 2)
    mean = losses.SparseCategoricalCrossentropy(ignore_class=255, reduction="mean_with_sample_weight")
    weighted = -(3 * np.log(0.5) + np.log(0.125)) / 4
    assert float(mean([[0], [255], [0]], p, [3.0, 5.0, 1.0])) == pytest.approx(weighted)


def test_the_classes_may_lie_on_another_axis():
    y_pred, labels = rng.dirichlet(np.ones(3), (2, 4)), rng.integers(0, 3, (2, 4))
    expected = losses.sparse_categorical_crossentropy(labels, y_pred)
    turned = np.moveaxis(y_pred, -1, 1)
    np.testing.assert_allclose(losses.sparse_categorical_crossentropy(labels, turned, axis=1), expected)
    np.testing.assert_allclose(losses.sparse_categorical_crossentropy(labels[:, None], turned, axis=1), expected)
    ones = np.moveaxis(np.eye(3)[labels], -1, 1)
    np.testing.assert_allclose(losses.categorical_crossentropy(ones, turned, axis=1), expected)


# Errors


@pytest.mark.parametrize("name", ["mean_squared_error", "huber", "binary_crossentropy", "poisson", "hinge", "dice"])
@pytest.mark.parametrize(
    ("true", "pred"), [((3,), (2, 3)), ((3, 1), (3, 2)), ((1, 3), (2, 3)), ((4,), (3, 1)), ((3, 2), (3,))]
)
def test_shapes_that_do_not_fit(name, true, pred):
    message = rf"{name}: y_true has shape .*and y_pred has shape .*, expected the same shape; \w+"
    with pytest.raises(ValueError, match=message) as caught:
        losses.get(name)(np.ones(true), np.full(pred, 0.5))
    assert str(pred) in str(caught.value)
    with pytest.raises(ValueError, match=message):
        losses.as_loss(name)(np.ones(true), np.full(pred, 0.5))


def test_labels_and_one_hot_targets_name_the_other_loss():
    p = np.full((2, 3), 1 / 3)
    for labels in ([0, 1], [[0], [1]]):
        with pytest.raises(ValueError, match=r"categorical_crossentropy: .*use sparse_categorical_crossentropy"):
            losses.categorical_crossentropy(labels, p)
    with pytest.raises(ValueError, match=r"sparse_categorical_crossentropy: .*use categorical_crossentropy"):
        losses.sparse_categorical_crossentropy(np.eye(3)[:2], p)
    for name in ("categorical_crossentropy", "sparse_categorical_crossentropy"):
        with pytest.raises(ValueError, match=r"one class.* use binary_crossentropy"):
            losses.get(name)(np.zeros((2, 1)), np.ones((2, 1)))


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("label", [-1, 3])
def test_labels_outside_of_the_classes(from_logits, label):
    loss, p = losses.SparseCategoricalCrossentropy(from_logits=from_logits), np.full((2, 3), 1 / 3)
    with pytest.raises(ValueError, match=r"labels lie in \[.*expected \[0, 2\]"):
        loss(np.array([0, label]), p)
    step = ad.compile(lambda y, p: ad.grad(lambda p: loss(y, p))(p))
    step(np.array([0, 1]), p)
    step(np.array([0, 2]), p)
    with pytest.raises(ValueError, match=r"labels lie in \[.*expected \[0, 2\]"):
        step(np.array([0, label]), p)


@pytest.mark.parametrize("from_logits", [False, True])
def test_labels_in_floats_must_be_whole(from_logits):
    loss, p = losses.SparseCategoricalCrossentropy(from_logits=from_logits), np.full((2, 3), 1 / 3)
    step = ad.compile(loss)
    for each in (loss, step):
        assert float(each(np.array([0.0, 2.0]), p)) == pytest.approx(np.log(3))
        with pytest.raises(ValueError, match="whole numbers"):
            each(np.array([0.0, 1.5]), p)


def test_weights_that_do_not_fit():
    y = np.ones((2, 3, 4))
    loss = losses.MeanSquaredError()
    for shape in ((3,), (2,), (3, 3), (2, 3, 4), (2, 1, 1, 1)):
        with pytest.raises(ValueError, match=r"sample_weight has shape .* values of shape \(2, 3\)"):
            loss(y, y, np.ones(shape))
    with pytest.raises(ValueError, match=r"write sample_weight.reshape\(\(-1, 1\)\)"):
        loss(y, y, np.ones(2))
    with pytest.raises(ValueError, match=r"give y_true and y_pred as y\[:, None\]"):
        loss(np.ones(3), np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match="broadcast_to"):
        losses.MeanSquaredError(reduction="mean_with_sample_weight")(y, y, np.ones((2, 1)))


@pytest.mark.parametrize(
    "weights", [2.0, [[1.0], [3.0]], [[1.0, 2.0, 4.0]], [[[1.0], [2.0], [3.0]], [[4.0], [5.0], [6.0]]]]
)
def test_weights_multiply_values_and_the_sum_is_over_their_number(weights):
    y_true, y_pred = rng.random((2, 3, 4)), rng.random((2, 3, 4))
    values = np.mean((y_true - y_pred) ** 2, axis=-1)
    spread = np.reshape(weights, (2, 3)) if np.ndim(weights) == 3 else weights
    np.testing.assert_allclose(losses.MeanSquaredError()(y_true, y_pred, weights), np.sum(values * spread) / 6)
    np.testing.assert_allclose(losses.MeanSquaredError(reduction="none")(y_true, y_pred, weights), values * spread)


def test_what_cannot_be_made():
    with pytest.raises(ValueError, match=r"Huber: reduction is 'average', expected one of \('sum_over_batch_size'"):
        losses.Huber(reduction="average")
    with pytest.raises(TypeError, match=r"Huber: .*'gamma'.*it takes delta, reduction, name, dtype"):
        losses.Huber(gamma=2)
    with pytest.raises(ValueError, match="did you mean 'mse'"):
        losses.get("msee")
    with pytest.raises(TypeError, match="expected a name"):
        losses.get(5)
    with pytest.raises(NotImplementedError, match="call"):
        losses.Loss()([1.0], [1.0])


# Objects


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_config_round_trip(case):
    loss = made(case, reduction="sum", name="mine")
    config = losses.serialize(loss)
    again = losses.deserialize(config)
    assert type(again) is type(loss) and losses.serialize(again) == config
    assert {"name": "mine", "reduction": "sum", **case["options"]}.items() <= config["config"].items()
    y_true, y_pred, _ = given(case)
    np.testing.assert_array_equal(again(y_true, y_pred), loss(y_true, y_pred))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(loss))(y_true, y_pred), loss(y_true, y_pred))


def test_functions_of_the_user_see_what_keras_shows_them():
    seen = []

    def mine(y_true, y_pred, power=2):
        seen.append((y_true.shape, y_pred.shape, y_true.dtype, y_pred.dtype))
        return np.mean(np.abs(y_true - y_pred) ** power, axis=-1)

    y_pred = np.zeros((3, 1), "f")
    assert float(losses.as_loss(mine)(np.array([1, 2, 3]), y_pred)) == pytest.approx(14 / 3)
    assert float(LossFunctionWrapper(mine, power=1)(np.array([1, 2, 3]), y_pred)) == pytest.approx(2)
    assert seen == [((3, 1), (3, 1), np.float32, np.float32)] * 2
    assert losses.as_loss(mine).name == "mine"


def test_a_subclass_of_the_user():
    class Pinball(losses.Loss):
        def __init__(self, share=0.5, **kwargs):
            super().__init__(**kwargs)
            self.share = share

        def call(self, y_true, y_pred):
            assert y_true.dtype == y_pred.dtype
            e = y_true - y_pred
            return np.mean(np.maximum(self.share * e, (self.share - 1) * e), axis=-1)

    loss = Pinball(0.9)
    assert loss.name == "pinball"
    assert float(loss(np.array([[1], [2]]), np.zeros((2, 1), "f"))) == pytest.approx(1.35)
    assert Pinball.from_config(loss.get_config()).share == 0.9
    assert losses.as_loss(Pinball).share == 0.5
