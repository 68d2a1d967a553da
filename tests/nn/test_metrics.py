"""Metrics: results as Keras gives them, programs that update as Python does, errors, configs, names."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import autodiff as ad
from nn import losses, metrics
from nn.variables import Variable

from .recorded import array, fixture

RECORDED = fixture("metrics")
CASES = RECORDED["cases"]
IDS = [f"{each['class']}-{i}" for i, each in enumerate(CASES)]
BATCHES = [{key: array(each) for key, each in batch.items()} for batch in RECORDED["batches"]]
rng = np.random.default_rng(5)


def made(case: dict[str, Any], **options: Any) -> Any:
    return getattr(metrics, case["class"])(**{**case["options"], **options})


def values(result: Any) -> np.ndarray:
    return result.numpy() if isinstance(result, ad.Tensor) else np.asarray(result)


# As Keras


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_results_are_those_of_keras(case):
    for weighted, expected in zip((False, True), case["results"], strict=True):
        metric = made(case)
        for batch, result in zip(BATCHES, expected, strict=True):
            metric.update_state(batch[case["true"]], batch[case["pred"]], batch["weights"] if weighted else None)
            got = values(metric.result())
            assert got.dtype == np.float32 and got.size == len(result)
            np.testing.assert_allclose(got.ravel(), result, rtol=2e-6, atol=3e-7)


def test_signatures_are_those_of_keras():
    for name, expected in RECORDED["signatures"].items():
        signature = inspect.signature(getattr(metrics, name))
        got = ", ".join(str(each.replace(annotation=each.empty)) for each in signature.parameters.values())
        # The two spell a default of 0 differently.
        assert f"({got})".replace("=0.0", "=0") == expected.replace("=0.0", "=0")


def test_names_make_what_they_make_in_keras():
    for name, kind in RECORDED["objects"].items():
        assert type(metrics.get(name)) is getattr(metrics, kind)


def test_live_keras():
    keras = pytest.importorskip("keras", reason="needs Keras itself; its results are recorded for where it is not")
    y_true, y_pred = rng.integers(0, 2, (50, 1)), rng.random((50, 1)).astype("f")
    for name in ("AUC", "Precision", "Recall", "BinaryAccuracy", "R2Score"):
        expected = float(getattr(keras.metrics, name)()(y_true.astype("f"), y_pred))
        assert float(getattr(metrics, name)()(y_true, y_pred)) == pytest.approx(expected, rel=2e-6)


# Programs


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_program_updates_as_python_does(case, weighted):
    """Several batches, the last one smaller, again and again; gradients of the predictions do not matter."""
    here, there = made(case), made(case)

    @ad.compile
    def step(y_true, y_pred, weights):
        here.update_state(y_true, y_pred, weights if weighted else None)

    for batch in (*BATCHES, *BATCHES):
        y_true, y_pred, weights = batch[case["true"]], batch[case["pred"]], batch["weights"]
        step(y_true, y_pred, weights)
        there.update_state(y_true, y_pred, weights if weighted else None)
        np.testing.assert_allclose(values(here.result()), values(there.result()), rtol=2e-6, atol=1e-7)
        for first, second in zip(here.variables, there.variables, strict=True):
            np.testing.assert_allclose(first.numpy(), second.numpy(), rtol=2e-6, atol=1e-7)


def test_a_training_step_with_its_metrics():
    """The predictions carry a gradient; the state does not."""
    w = Variable(rng.normal(size=(3, 3)).astype("f"))
    accuracy, auc = metrics.SparseCategoricalAccuracy(), metrics.AUC(from_logits=True)
    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    x, y = rng.normal(size=(8, 3)).astype("f"), rng.integers(0, 3, 8)

    def step(x, y):
        logits = x @ w
        total = loss(y, logits)
        total.backward()
        w.assign_sub(0.1 * w.grad)
        w.grad = None
        accuracy.update_state(y, logits)
        auc.update_state(y > 1, logits[:, 2])
        return total

    start, ends = w.numpy(), []
    for function in (step, ad.compile(step)):
        w.assign(start)
        accuracy.reset_state()
        auc.reset_state()
        for _ in range(3):
            function(x, y)
        ends.append([each.numpy() for each in (w, *accuracy.variables, *auc.variables)])
        assert not any(each.requires_grad for each in (*accuracy.variables, *auc.variables))
    for eager, program in zip(*ends, strict=True):
        np.testing.assert_allclose(program, eager, rtol=1e-5, atol=1e-7)
    assert accuracy.count.numpy() == 24


def test_the_update_of_an_accuracy_is_short():
    metric = metrics.SparseCategoricalAccuracy()
    step = ad.compile(lambda y, p: metric.update_state(y, p))
    step(np.array([0, 1]), np.ones((2, 3), "f"))
    assert step.source.count("np.") <= 8  # the import and notes on dtypes aside: argmax, equal, astype, sum, copies


# State


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_reset_and_config(case):
    metric = made(case)
    batch = BATCHES[0]
    first = values(metric(batch[case["true"]], batch[case["pred"]]))
    metric.update_state(batch[case["true"]], batch[case["pred"]][::-1].copy())
    metric.reset_state()
    assert all(not each.numpy().any() for each in metric.variables)
    np.testing.assert_array_equal(values(metric(batch[case["true"]], batch[case["pred"]])), first)
    config = metrics.serialize(metric)
    again = metrics.deserialize(config)
    assert type(again) is type(metric) and metrics.serialize(again) == config and again is not metric
    np.testing.assert_array_equal(values(again(batch[case["true"]], batch[case["pred"]])), first)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_before_any_batch_the_result_is_zero(case):
    assert not values(made(case).result()).any() or case["class"] == "R2Score"


def test_a_metric_of_the_users():
    class Both(metrics.Metric):
        def __init__(self, name="both"):
            super().__init__(name=name)
            self.scale = self.add_weight(name="scale", initializer="ones")
            self.inner = metrics.Mean()
            self.own = Variable(0.0, trainable=False)

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.scale.assign(self.scale * 2)
            self.own.assign_add(1.0)
            self.inner.update_state(y_pred, sample_weight)

        def result(self):
            return self.inner.result() * self.scale

    metric = Both()
    assert [each.path for each in metric.variables] == ["both/scale", "variable", "mean/total", "mean/count"]
    assert float(metric([0], [3.0])) == 6
    assert float(metric([0], [5.0])) == 16
    metric.reset_state()
    assert [float(each) for each in metric.variables] == [1, 0, 0, 0]
    assert metric.add_variable((2,), "zeros").shape == (2,)


def test_a_metric_that_forgot_super():
    class Forgetful(metrics.Metric):
        def __init__(self):
            self.total = self.add_weight(name="total")

    with pytest.raises(RuntimeError, match="super"):
        Forgetful()


@pytest.mark.parametrize(
    ("shape", "weights", "expected"),
    [
        ((2, 3), (2,), 2), ((2, 3), (2, 1), 2), ((2, 3), (2, 3), 2), ((2, 3), (1, 3), 2), ((2,), (2, 1), 2),
        ((2,), (), 2),
    ],
)  # fmt: skip
def test_means_count_samples(shape, weights, expected):
    x, w = rng.random(shape), np.ones(weights)
    metric = metrics.Mean()
    metric.update_state(x, w)
    assert float(metric.count) == expected
    assert float(metric.result()) == pytest.approx(np.mean(x), rel=1e-6)
    assert float(metrics.Sum()(x, w)) == pytest.approx(np.sum(x), rel=1e-6)


def test_weights_of_a_mean_belong_to_samples():
    x = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0], [1.0, 1.0, 1.0]])
    assert float(metrics.Mean()(x, np.array([1.0, 3.0, 0.0]))) == pytest.approx((2 + 3 * 6) / 4)


def test_ignored_labels_do_not_count():
    metric = metrics.SparseCategoricalCrossentropy(ignore_class=1)
    p = np.full((3, 2), 0.5)
    assert float(metric([0, 1, 0], p)) == pytest.approx(np.log(2))
    assert float(metric([0, 1, 0], p, [1.0, 9.0, 2.0])) == pytest.approx(np.log(2))


# Oracles of our own


def test_r2_of_targets_far_from_zero():
    y = 1e4 + rng.normal(size=(40, 1))
    guess = y + rng.normal(size=(40, 1)) / 2
    metric = metrics.R2Score()
    for i in range(0, 40, 8):
        metric.update_state(y[i : i + 8].astype("f"), guess[i : i + 8].astype("f"))
    expected = 1 - np.sum((y - guess) ** 2) / np.sum((y - y.mean()) ** 2)
    assert float(metric.result()) == pytest.approx(expected, abs=2e-3)  # float32 has steps of 1e-3 there


def test_r2_of_equal_targets():
    y = np.ones((3, 1))
    assert float(metrics.R2Score()(y, y)) == 1
    assert float(metrics.R2Score()(y, y + 1)) == 0


def test_auc_is_near_the_share_of_ordered_pairs():
    y, p = rng.integers(0, 2, 300), rng.random(300)
    p = (p + y * 0.3) / 1.3
    pairs = p[y == 1][:, None] - p[y == 0]
    expected = np.mean((pairs > 0) + 0.5 * (pairs == 0))
    assert float(metrics.AUC(num_thresholds=1000)(y, p)) == pytest.approx(expected, abs=2e-3)


def test_counts_beside_a_definition_that_compares_all():
    y, p = rng.integers(0, 2, 60), np.round(rng.random(60), 1)
    w, levels = rng.random(60), [0.0, 0.3, 0.31, 0.9, 1.0]
    for name, above, true in (
        ("TruePositives", True, 1), ("FalsePositives", True, 0),
        ("TrueNegatives", False, 0), ("FalseNegatives", False, 1),
    ):  # fmt: skip
        got = getattr(metrics, name)(thresholds=levels, dtype="float64")(y, p, w)
        expected = [np.sum(w * (y == true) * ((p > level) == above)) for level in levels]
        np.testing.assert_allclose(values(got), expected, rtol=1e-12)


def test_confusion_matrix():
    y, scores, w = rng.integers(0, 4, 30), rng.random((30, 4)), rng.random(30)
    expected = np.zeros((4, 4))
    np.add.at(expected, (y, scores.argmax(-1)), w)
    for pred in (scores, scores.argmax(-1)):
        np.testing.assert_allclose(values(metrics.ConfusionMatrix(4)(y, pred, w)), expected, rtol=1e-6)
        np.testing.assert_allclose(values(metrics.ConfusionMatrix(4)(y[:, None], pred, w)), expected, rtol=1e-6)


def test_top_k_of_what_is_no_number():
    p = np.array([[np.nan, 1.0], [np.inf, 1.0], [0.0, 1.0]])
    np.testing.assert_array_equal(metrics.sparse_top_k_categorical_accuracy([0, 0, 0], p, k=2), [0, 0, 1])
    ids = np.array([[2, 0, 1], [1, 2, 0]])
    np.testing.assert_array_equal(
        metrics.sparse_top_k_categorical_accuracy([0, 0], ids, k=2, from_sorted_ids=True), [1, 0]
    )


def test_recall_and_precision_count_the_k_largest_once():
    equal = np.ones((1, 4))
    assert float(metrics.Precision(top_k=2)([[1, 0, 0, 0]], equal)) == 0.5
    assert float(metrics.Recall(top_k=1)([[1, 0, 0, 0]], equal)) == 1


def test_accuracies_keep_the_dtype():
    for dtype in ("float16", "float32", "float64"):
        p = np.array([[0.2, 0.8]], dtype)
        assert metrics.sparse_categorical_accuracy([1], p).dtype == dtype
        assert metrics.categorical_accuracy([[0, 1]], p).dtype == dtype
        assert metrics.binary_accuracy([[0, 1]], p).dtype == dtype
    assert values(metrics.SparseCategoricalAccuracy(dtype="float64")([1], p)).dtype == "float64"


# Names


@pytest.mark.parametrize("name", ["accuracy", "acc", "Accuracy", "crossentropy", "ce"])
@pytest.mark.parametrize(
    ("true", "pred", "kind"),
    [
        ((None, 1), (None, 1), "Binary"), ((None,), (None, 1), "Binary"), ((None,), (None, 3), "SparseCategorical"),
        ((None, 1), (None, 3), "SparseCategorical"), ((None, 3), (None, 3), "Categorical"),
        ((None, 7), (None, 7, 3), "SparseCategorical"), ((None, 7, 1), (None, 7, 1), "Binary"),
    ],
)  # fmt: skip
def test_accuracy_becomes_what_fits(name, true, pred, kind):
    metric = metrics.resolve(name, None, true, pred)
    assert metric.name == name
    assert type(metric).__name__ == kind + ("Accuracy" if "acc" in name.lower() else "Crossentropy")


def test_a_loss_of_logits_makes_metrics_of_logits():
    loss = losses.BinaryCrossentropy(from_logits=True)
    y, logits = np.array([[1.0], [0.0]]), np.array([[0.2], [-0.2]])
    assert float(metrics.resolve("accuracy", loss, y.shape, logits.shape)(y, logits)) == 1
    expected = float(np.mean(losses.binary_crossentropy(y, logits, from_logits=True)))
    assert float(metrics.resolve("ce", loss, y.shape, logits.shape)(y, logits)) == pytest.approx(expected)


def test_other_identifiers_keep_their_names():
    for name in ("mse", "MSE", "RootMeanSquaredError", "auc", "sparse_categorical_accuracy"):
        assert metrics.resolve(name).name == name
        assert all(each.path.startswith(name + "/") for each in metrics.resolve(name).variables)
    metric = metrics.AUC(name="mine")
    assert metrics.resolve(metric) is metric
    assert metrics.resolve(metrics.AUC).name == "auc"
    assert metrics.resolve(losses.mean_absolute_error).name == "mean_absolute_error"
    with pytest.raises(ValueError, match="did you mean 'Accuracy'"):
        metrics.resolve("acuracy")


# Errors


def test_shapes_that_do_not_fit():
    p = np.full((4, 3), 1 / 3)
    for make, y_true, message in (
        (metrics.SparseCategoricalAccuracy, np.eye(3)[[0, 1, 2, 0]], "for one-hot targets use categorical_accuracy"),
        (metrics.SparseCategoricalAccuracy, np.zeros(3), "expected labels of shape"),
        (metrics.CategoricalAccuracy, np.zeros(4), "sparse_categorical"),
        (metrics.BinaryAccuracy, np.zeros((4, 1)), "expected the same shape"),
        (metrics.Accuracy, np.zeros(4), "expected the same shape"),
        (metrics.Precision, np.zeros(4), "expected the same shape"),
        (metrics.AUC, np.zeros((4, 2)), "expected the same shape"),
        (metrics.RootMeanSquaredError, np.zeros(3), "expected the same shape"),
    ):
        with pytest.raises(ValueError, match=message) as caught:
            make().update_state(y_true, p)
        assert str(y_true.shape) in str(caught.value) and "(4, 3)" in str(caught.value)
    with pytest.raises(ValueError, match=r"sample_weight has shape \(3,\), but there are values of shape \(4,\)"):
        metrics.CategoricalAccuracy().update_state(p, p, np.ones(3))
    with pytest.raises(ValueError, match="class_id is 3, but y_pred has 3 classes"):
        metrics.Precision(class_id=3).update_state(p, p)
    with pytest.raises(ValueError, match="expected \\(samples, classes\\)"):
        metrics.F1Score().update_state(np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match="adjusts the score of one output"):
        metrics.R2Score(num_regressors=1).update_state(p, p)


def test_classes_outside_of_a_confusion_matrix():
    for y_true, y_pred in (([0, 2], [0, 1]), ([0, 1], [0, -1])):
        with pytest.raises(ValueError, match=r"expected \[0, 1\]"):
            metrics.MeanIoU(2).update_state(np.array(y_true), np.array(y_pred))


@pytest.mark.parametrize(
    "make",
    [
        lambda: metrics.Precision(thresholds=1.5), lambda: metrics.Recall(thresholds=[]), lambda: metrics.AUC(1),
        lambda: metrics.AUC(curve="XY"), lambda: metrics.AUC(summation_method="x"), lambda: metrics.AUC(thresholds=[2]),
        lambda: metrics.AUC(label_weights=[1]), lambda: metrics.F1Score("mean"), lambda: metrics.FBetaScore(beta=0),
        lambda: metrics.F1Score(threshold=2), lambda: metrics.R2Score("x"), lambda: metrics.R2Score(num_regressors=-1),
        lambda: metrics.IoU(2, [2]), lambda: metrics.MeanIoU(0), lambda: metrics.PrecisionAtRecall(2),
        lambda: metrics.get("nothing"), lambda: metrics.Mean().add_weight(initializer="unform"),
    ],
)  # fmt: skip
def test_what_cannot_be_made(make):
    with pytest.raises(ValueError, match=r"expected|known are|write|did you mean"):
        make()


def test_f1_of_a_row_without_any_score():
    y_true, y_pred = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.0, 0.0], [0.0, 0.5]])
    np.testing.assert_allclose(values(metrics.F1Score()(y_true, y_pred)), [0, 1])


def test_metrics_are_not_differentiated():
    def seen(y_true, y_pred):
        assert isinstance(y_pred, ad.Tensor) and not y_pred.requires_grad
        return y_pred * 2

    assert float(metrics.MeanMetricWrapper(seen)([0.0], ad.tensor([3.0], requires_grad=True))) == 6
