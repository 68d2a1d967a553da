"""Lint: each mistake is told in one sentence, once, at the user's line; the lectures' listings are free of it."""

import warnings

import numpy as np
import pytest

import nn
from nn import layers, losses
from nn.models import Model, Sequential
from nn.models.lint import findings, warn

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4)).astype("float32")
CLASSES = np.arange(60) % 3
ONE_HOT = np.eye(3)[CLASSES]
BINARY = np.arange(60) % 2
NUMBERS = 3 * RNG.normal(size=60)
SPARSE, CATEGORICAL, BINARY_LOSS = (
    "sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy",
)  # fmt: skip


def model_of(units, activation, loss, metrics=None, hidden="relu"):
    model = Sequential(
        [layers.Input(shape=(4,)), layers.Dense(5, activation=hidden), layers.Dense(units, activation=activation)]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of `compile`, which tells, too
        model.compile("sgd", loss, metrics=metrics)
    return model


WRONG = {
    "softmax over one unit": (1, "softmax", BINARY_LOSS, BINARY, "always 1: write Dense(1, activation='sigmoid')"),
    "one unit for classes": (1, "sigmoid", CATEGORICAL, BINARY, "needs a unit for each class"),
    "softmax twice": (3, "softmax", losses.SparseCategoricalCrossentropy(from_logits=True), CLASSES, "applied twice"),
    "sigmoid twice": (1, "sigmoid", losses.BinaryCrossentropy(from_logits=True), BINARY, "applied twice"),
    "no softmax": (3, None, SPARSE, CLASSES, "write activation='softmax' there, or give the loss from_logits=True"),
    "no sigmoid": (1, None, BINARY_LOSS, BINARY, "write activation='sigmoid' there"),
    "relu last": (3, "relu", CATEGORICAL, ONE_HOT, "the last layer has activation='relu'"),
    "sigmoid for classes": (3, "sigmoid", CATEGORICAL, ONE_HOT, "add up to 1 and sigmoid's do not"),
    "softmax for labels side by side": (3, "softmax", BINARY_LOSS, ONE_HOT, "judges each of the 3 softmax outputs"),
    "one-hot for sparse": (
        3,
        "softmax",
        SPARSE,
        ONE_HOT,
        "write loss='categorical_crossentropy', or y.argmax(axis=-1)",
    ),
    "integers for categorical": (3, "softmax", CATEGORICAL, CLASSES, "or to_categorical(y, 3)"),
    "a column for categorical": (3, "softmax", CATEGORICAL, CLASSES[:, None], "or to_categorical(y, 3)"),
    "labels -1 and 1": (1, "sigmoid", BINARY_LOSS, 2 * BINARY - 1, "write (y + 1) / 2, or loss='hinge'"),
    "three classes for sigmoid": (1, "sigmoid", BINARY_LOSS, CLASSES, "y goes from 0 to 2: map two classes to 0 and 1"),
    "probabilities above 1": (1, "sigmoid", BINARY_LOSS, 100 * NUMBERS, "scale y to 0 to 1"),
    "classes from 1": (3, "softmax", SPARSE, CLASSES + 1, "classes count from 0: write y - 1"),
    "a class too many": (3, "softmax", SPARSE, CLASSES + 5, "labels from 5 to 7 and the last layer has 3 units"),
    "a class one too many": (3, "softmax", SPARSE, np.arange(60) % 4, "give it 4 units"),
    "a class below 0": (3, "softmax", SPARSE, CLASSES - 1, "no label may be below 0"),
    "fractions as classes": (3, "softmax", SPARSE, NUMBERS, "y has fractions"),
    "targets beyond sigmoid": (1, "sigmoid", "mse", NUMBERS, "gives 0 to 1 and y goes from"),
    "targets beyond tanh": (1, "tanh", "mae", NUMBERS, "gives -1 to 1 and y goes from"),
    "targets below relu": (1, "relu", "mse", NUMBERS, "gives 0 and more and y goes from"),
    "mse for classes": (3, "softmax", "mse", CLASSES, "compares 3 outputs with single labels"),
    "mse for one-hot": (3, "softmax", "mse", ONE_HOT, "write loss='categorical_crossentropy'"),
    "two units for a number": (2, None, "mse", NUMBERS, "y has shape (60,) and the last layer 2 units: write Dense(1)"),
    "two columns for one unit": (1, "sigmoid", BINARY_LOSS, np.eye(2)[BINARY], "y has shape (60, 2)"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_told_in_one_sentence(name):
    units, activation, loss, y, expected = WRONG[name]
    (found,) = findings(model_of(units, activation, loss), X, y)
    assert expected in found
    assert "\n" not in found and ". " not in found


def test_accuracy_of_a_regression():
    (found,) = findings(model_of(1, None, "mse", ["accuracy", "mae"]), X, NUMBERS)
    assert found == "metrics=['accuracy'] counts exact hits, which a regression has not: write metrics=['mae']"


@pytest.mark.parametrize("function", ["tanh", "sigmoid"])
def test_inputs_too_large_for_flat_functions(function):
    (found,) = findings(model_of(1, None, "mse", hidden=function), 100 * X, NUMBERS)
    assert f"where {function} of layer" in found and "x / 255" in found
    assert findings(model_of(1, None, "mse", hidden=function), X, NUMBERS) == []
    assert findings(model_of(1, None, "mse", hidden="relu"), 100 * X, NUMBERS) == []


def test_a_layer_that_scales_makes_large_inputs_small():
    normal = [layers.Input(shape=(4,)), layers.BatchNormalization(), layers.Dense(3, activation="tanh")]
    model = Sequential([*normal, layers.Dense(1)])
    model.compile("sgd", "mse")
    assert findings(model, 100 * X, NUMBERS) == []


RIGHT = {
    "sparse": (3, "softmax", SPARSE, CLASSES),
    "sparse, a column": (3, "softmax", SPARSE, CLASSES[:, None]),
    "sparse, floats": (3, "softmax", SPARSE, CLASSES.astype("float32")),
    "sparse, logits": (3, None, losses.SparseCategoricalCrossentropy(from_logits=True), CLASSES),
    "categorical": (3, "softmax", CATEGORICAL, ONE_HOT),
    "categorical, soft": (3, "softmax", CATEGORICAL, np.full((60, 3), 1 / 3)),
    "binary": (1, "sigmoid", BINARY_LOSS, BINARY),
    "binary, booleans": (1, "sigmoid", BINARY_LOSS, BINARY == 1),
    "binary, logits": (1, None, losses.BinaryCrossentropy(from_logits=True), BINARY[:, None]),
    "labels side by side": (3, "sigmoid", BINARY_LOSS, RNG.integers(0, 2, (60, 3))),
    "two softmax units": (2, "softmax", BINARY_LOSS, np.eye(2)[BINARY]),
    "a number": (1, None, "mse", NUMBERS),
    "numbers": (3, None, "huber", RNG.normal(size=(60, 3))),
    "positive (002)": (1, "softplus", "mse", np.abs(NUMBERS)),
    "positive by relu (002)": (1, "relu", "mse", np.abs(NUMBERS)),
    "bounded (002)": (1, "tanh", "mse", 2 * BINARY - 1),
    "xor by squares (003)": (1, "sigmoid", "mse", BINARY),
    "hinge": (1, "tanh", "hinge", 2 * BINARY - 1),
}


@pytest.mark.parametrize("name", RIGHT)
def test_no_false_alarm(name):
    units, activation, loss, y = RIGHT[name]
    metrics = ["accuracy"] if "crossentropy" in str(loss) else ["RootMeanSquaredError"]
    assert findings(model_of(units, activation, loss, metrics), X, y) == []


def test_functions_of_the_users_are_not_judged():
    assert (
        findings(model_of(3, lambda x: np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True), CATEGORICAL), X, ONE_HOT)
        == []
    )
    assert findings(model_of(1, "relu", lambda y, p: abs(y - p)), X, NUMBERS) == []


def images():
    return RNG.integers(0, 256, (40, 28, 28)), np.arange(40) % 10


def listing_000():
    x, y = images()
    net = [layers.Flatten(input_shape=[28, 28]), layers.Dense(50, activation="tanh")]
    return [*net, layers.Dense(10, activation="softmax")], "nadam", CATEGORICAL, x / 255.0, np.eye(10)[y]


def listing_002():
    x, y = images()
    net = [layers.Flatten(input_shape=[28, 28]), *(layers.Dense(n, activation="relu") for n in (300, 100))]
    return [*net, layers.Dense(10, activation="softmax")], "sgd", SPARSE, x / 255.0, y


def listing_003():
    x = RNG.uniform(0, 60, (40, 9))
    net = [layers.Dense(100, activation="relu", input_shape=(9,)), layers.Dense(100, activation="relu")]
    return [*net, layers.Dense(1)], "adam", "mean_squared_error", x, x[:, 0]


def listing_004():
    x, y = images()
    dense = [layers.Dense(n, kernel_initializer="he_normal", use_bias=False) for n in (300, 100)]
    net = [layers.Flatten(input_shape=[28, 28]), layers.BatchNormalization()]
    for each in dense:
        net += [each, layers.BatchNormalization(), layers.Activation("elu")]
    return [*net, layers.Dense(10, activation="softmax")], "sgd", losses.SparseCategoricalCrossentropy(), x, y


@pytest.mark.parametrize("listing", [listing_000, listing_002, listing_003, listing_004])
def test_no_false_alarm_on_the_lectures_listings(listing):
    net, optimizer, loss, x, y = listing()
    model = Sequential(net)
    model.compile(optimizer, loss, metrics=[] if loss == "mean_squared_error" else ["accuracy"])
    assert findings(model) == []
    assert findings(model, x, y) == []


def test_raw_pixels_into_tanh_are_told():
    """Document 000 trains on pixels from 0 to 255, and gets the 90% that saturated units allow."""
    net, optimizer, loss, x, y = listing_000()
    model = Sequential(net)
    model.compile(optimizer, loss)
    (found,) = findings(model, 255 * x, y)
    assert "inputs are as large as 255" in found


def test_wide_and_deep_with_two_outputs():
    wide, deep = layers.Input(shape=(5,)), layers.Input(shape=(6,))
    hidden = layers.Dense(30, activation="relu")(deep)
    main = layers.Dense(1, name="main")(layers.Concatenate()([wide, hidden]))
    model = Model([wide, deep], [main, layers.Dense(1, activation="sigmoid", name="auxiliary")(hidden)])
    model.compile("sgd", loss=("mse", "mse"), loss_weights=(0.9, 0.1), metrics=["RootMeanSquaredError"])
    x, y = (np.ones((8, 5)), np.ones((8, 6))), np.arange(8.0)
    (found,) = findings(model, x, (y, y))
    assert found.startswith("output 'auxiliary': activation='sigmoid'")
    assert findings(model, x, (y, y / 8)) == []


def test_what_comes_last_is_looked_for_behind_dropout_and_inside_models():
    inner = Sequential([layers.Input(shape=(4,)), layers.Dense(3, activation="relu")])
    model = Sequential([layers.Input(shape=(4,)), inner, layers.Dropout(0.1)])
    with pytest.warns(UserWarning, match="activation='relu'"):
        model.compile("sgd", CATEGORICAL)
    (found,) = findings(model)
    assert "activation='relu'" in found


def test_a_subclassed_model_is_judged_by_its_labels():
    class Mine(Model):
        def __init__(self):
            super().__init__()
            self.out = layers.Dense(3, activation="softmax")

        def call(self, inputs):
            return self.out(inputs)

    model = Mine()
    model.compile("sgd", SPARSE)
    assert findings(model) == []
    (found,) = findings(model, X, CLASSES + 1)
    assert "write y - 1" in found


def test_a_finding_is_told_once_for_each_compile_at_the_users_line():
    model = model_of(3, None, SPARSE)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn(model)
        warn(model, X, CLASSES)
        model.compile("sgd", SPARSE)
        warn(model, X, CLASSES + 1)
    assert [str(each.message).split()[0] for each in caught] == [f"loss='{SPARSE}'", "the"]
    assert all(each.filename == __file__ and each.category is UserWarning for each in caught)


def test_a_look_changes_nothing():
    model = model_of(3, "softmax", SPARSE)
    before = model.get_weights()
    findings(model, X, CLASSES)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert not model.objectives.is_ready


def test_random_state_is_left_alone():
    nn.set_random_seed(0)
    first = nn.random.generator().random()
    nn.set_random_seed(0)
    findings(model_of(1, None, "mse"), X, NUMBERS)
    nn.set_random_seed(0)
    assert nn.random.generator().random() == first
