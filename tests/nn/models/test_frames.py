"""Data as pandas' frames and series: what comes out is what their arrays give, whatever the index says."""

from __future__ import annotations

import os

import numpy as np
import pytest

import nn

pd = pytest.importorskip("pandas", reason="pandas is not installed")

RNG = np.random.default_rng(0)
ROWS = 40
INDEX = RNG.permutation(ROWS) * 3 + 100  # neither sorted nor from 0
FRAME = pd.DataFrame(
    {
        "length": RNG.normal(size=ROWS),
        "count": RNG.integers(0, 5, ROWS),
        "is_new": RNG.random(ROWS) > 0.5,
        "width": RNG.normal(size=ROWS).astype("f4"),
    },
    index=INDEX,
)
LABELS = pd.Series(RNG.integers(0, 2, ROWS), index=INDEX[::-1], name="label")  # rows are taken in their order
WEIGHTS = pd.Series(RNG.uniform(0.5, 2, ROWS), index=INDEX)
X, Y, W = FRAME.to_numpy(dtype="f4"), LABELS.to_numpy(), WEIGHTS.to_numpy()


def classifier(keras=nn):
    keras.utils.set_random_seed(1) if keras is not nn else nn.set_random_seed(1)
    layers = [keras.Input((4,)), keras.layers.Dense(3, activation="tanh"), keras.layers.Dense(1, activation="sigmoid")]
    model = keras.Sequential(layers)
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    return model


def fitted(x, y, **options):
    return classifier().fit(x, y, verbose=0, epochs=2, **options).history


def numbered(frame):
    """The same with pandas' own dtypes, which know missing values."""
    return frame.astype({"length": "Float64", "count": "Int64", "is_new": "boolean"})


class Parts:
    """Batches by their number."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return 4

    def __getitem__(self, i):
        return self.x[10 * i : 10 * i + 10], self.y[10 * i : 10 * i + 10]


@pytest.mark.parametrize(
    "frame", [FRAME, numbered(FRAME), FRAME.reset_index(drop=True), FRAME.set_index("count", drop=False)]
)
@pytest.mark.parametrize("labels", [LABELS, LABELS.to_frame(), LABELS.astype("Int8"), LABELS == 1])
def test_fit(frame, labels):
    assert fitted(frame, labels) == fitted(X, Y)


def test_all_that_fit_takes():
    assert fitted(FRAME, LABELS, validation_split=0.25) == fitted(X, Y, validation_split=0.25)
    assert fitted(FRAME, LABELS, sample_weight=WEIGHTS) == fitted(X, Y, sample_weight=W)
    assert fitted(FRAME, LABELS, class_weight={0: 1.0, 1: 3.0}) == fitted(X, Y, class_weight={0: 1.0, 1: 3.0})
    held = fitted(FRAME, LABELS, validation_data=(FRAME[:10], LABELS[:10], WEIGHTS[:10]))
    assert held == fitted(X, Y, validation_data=(X[:10], Y[:10], W[:10]))
    assert fitted(Parts(FRAME, LABELS), None) == fitted(Parts(X, Y), None)


def test_evaluate_predict_and_single_batches():
    model = classifier()
    assert model.evaluate(FRAME, LABELS, verbose=0) == model.evaluate(X, Y, verbose=0)
    np.testing.assert_array_equal(model.predict(FRAME, verbose=0), model.predict(X, verbose=0))
    np.testing.assert_array_equal(model.predict(FRAME.iloc[:1], verbose=0), model.predict(X[:1], verbose=0))
    np.testing.assert_array_equal(model.predict_on_batch(FRAME), model.predict_on_batch(X))
    assert model.test_on_batch(FRAME, LABELS) == model.test_on_batch(X, Y)
    assert model.train_on_batch(FRAME, LABELS) == classifier().train_on_batch(X, Y)


def test_several_inputs_are_columns_of_a_frame():
    a, b = nn.Input((2,), name="a"), nn.Input((1,), name="b")
    model = nn.Model([a, b], nn.layers.Dense(1)(nn.layers.concatenate([a, b])))
    model.compile("sgd", "mse")
    expected = model.evaluate([X[:, :2], X[:, 3:]], Y, verbose=0)
    first, last = FRAME[["length", "count"]], FRAME["width"]
    assert model.evaluate([first, last.to_frame()], LABELS, verbose=0) == expected
    assert model.evaluate([first, last], LABELS, verbose=0) == expected
    assert model.evaluate({"a": first, "b": last}, LABELS, verbose=0) == expected


def test_whole_numbers_stay_whole():
    words = pd.DataFrame({"first": [1, 2], "second": [3, 0]})
    model = nn.Sequential([nn.layers.Embedding(4, 3)])
    np.testing.assert_array_equal(model.predict(words, verbose=0), model.predict(words.to_numpy(), verbose=0))


def test_one_feature_may_be_a_series():
    model = nn.Sequential([nn.Input((1,)), nn.layers.Dense(2)])
    np.testing.assert_array_equal(model.predict(LABELS, verbose=0), model.predict(Y[:, None], verbose=0))
    np.testing.assert_array_equal(model.predict(Y[:, None, None], verbose=0), model.predict(Y[:, None], verbose=0))


@pytest.mark.parametrize("missing", [FRAME, numbered(FRAME)])
def test_missing_values_are_told_as_nan(missing):
    missing = missing.assign(length=missing["length"].mask(missing["length"] > 1))
    is_told = pytest.warns(UserWarning, match="x holds .* values that are NaN or infinite")
    with is_told, pytest.warns(UserWarning, match="fit: the loss is nan"):
        history = fitted(missing, LABELS)
    assert np.isnan(history["loss"][-1])


TEXT = ["red", "blue"] * (ROWS // 2)
WRONG = {
    "text": (FRAME.assign(colour=pd.Series(TEXT, INDEX, dtype=object)),
             r"x: no numbers in column 'colour' \(object, such as 'red'\); drop it, or pandas.get_dummies\(x\)"),
    "pandas' text": (FRAME.assign(colour=pd.array(TEXT, dtype="string")), r"'colour' \(string, such as 'red'\)"),
    "categories": (FRAME.assign(colour=pd.Categorical(TEXT)), r"'colour' \(category, such as 'red'\)"),
    "dates": (FRAME.assign(day=pd.Timestamp("2020-01-01")), r"'day' \(datetime64\[.*\], such as Timestamp"),
    "several": (FRAME.assign(a=pd.Categorical(TEXT), b=pd.Categorical(TEXT)), r"column 'a' .*, column 'b' "),
    "numbers as objects": (FRAME.astype({"count": object}),
                           r"column 'count' \(object, such as \d\): .* as objects; write x = x.astype\(float\)"),
    "numbers and text": (FRAME.assign(count=pd.Series([1, "?"] * (ROWS // 2), INDEX, dtype=object)),
                         r"no numbers in column 'count' \(object, such as 1\)"),
    "nothing at all": (FRAME.assign(a=pd.Series([None] * ROWS, INDEX, dtype="category")), r"column 'a' \(category\)"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_columns_that_hold_no_numbers_are_named(name):
    frame, words = WRONG[name]
    with pytest.raises(ValueError, match=words):
        fitted(frame, LABELS)
    with pytest.raises(ValueError, match=words):
        classifier().predict(frame, verbose=0)


def test_labels_that_are_no_numbers():
    text = pd.Series(TEXT, name="colour", dtype=object)
    with pytest.raises(ValueError, match=r"y: no numbers in the series 'colour' \(object, such as 'red'\); number its"):
        fitted(FRAME, text)
    fitted(FRAME, pd.factorize(text)[0])
    with pytest.raises(ValueError, match=r"y: the series 'label' .* write y = y.astype\(float\)"):
        fitted(FRAME, LABELS.astype(object))


def test_what_the_errors_say_to_write_works():
    frame = WRONG["text"][0]
    wide = pd.get_dummies(frame)
    model = nn.Sequential([nn.layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    model.fit(wide, LABELS, verbose=0)
    assert fitted(FRAME.astype({"count": object}).astype(float), LABELS) == fitted(X, Y)


def test_runs_are_those_of_keras():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras", reason="Keras is not installed")
    theirs, ours = classifier(keras), classifier()
    theirs.set_weights(ours.get_weights())
    frame = FRAME.astype("f4")
    made = [each.fit(frame, LABELS, verbose=0, epochs=3, shuffle=False).history["loss"] for each in (ours, theirs)]
    np.testing.assert_allclose(*made, rtol=1e-6)
