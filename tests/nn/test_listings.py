"""The lectures' listings, as they print them, on small data of the right shapes; slips of the page are put right.

Those that save and load are in test_listings_saving.py, those of TensorBoard in tests/nn/callbacks.
"""

from __future__ import annotations

import numpy as np
import pytest

import nn as keras

RNG = np.random.default_rng(5)
IMAGES = RNG.integers(0, 256, (96, 28, 28)).astype(np.uint8)
LABELS = np.arange(96) % 10
HOUSES = RNG.normal(size=(64, 8)).astype("f4")
PRICES = HOUSES[:, :1] * 2 + 1


@pytest.fixture(autouse=True)
def _fresh():
    keras.utils.clear_session()
    keras.set_random_seed(42)


def shape_counts(model):
    return [(layer.name, layer.count_params()) for layer in model.layers]


# 000 and 001


@pytest.mark.parametrize("sequential", [keras.Sequential, keras.models.Sequential])
def test_a_first_network(sequential):
    nn = sequential()
    nn.add(keras.layers.Dense(units=32, input_shape=(20,), activation="tanh"))
    nn.add(keras.layers.Dense(10, activation="softmax"))
    nn.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    assert shape_counts(nn) == [("dense", 672), ("dense_1", 330)]
    assert nn.count_params() == 1002


def test_the_same_as_a_list():
    X = np.zeros((5, 20))
    nn = keras.Sequential(  # printed: X.shape[0], and no comma
        [
            keras.layers.Dense(32, input_shape=(X.shape[1],), activation="tanh"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    assert nn.count_params() == 1002


def test_activations_by_name_and_function_and_a_regularizer():
    nn = keras.Sequential()
    nn.add(keras.layers.Dense(32, activation="relu"))
    nn.add(keras.layers.Dense(32, activation=keras.activations.relu))
    nn.add(keras.layers.Dense(32, activation="relu", kernel_regularizer=keras.regularizers.l1(0.02)))
    nn.add(keras.layers.Dropout(0.5))
    assert nn(np.ones((2, 4))).shape == (2, 32)
    kernel = nn.layers[2].kernel.numpy()
    np.testing.assert_allclose(nn.losses[0].item(), 0.02 * np.abs(kernel).sum(), rtol=1e-6)


@pytest.mark.parametrize("loss", ["binary_crossentropy", "categorical_crossentropy"])
def test_a_loss_alone_and_an_optimizer_alone(loss):
    nn = keras.Sequential([keras.layers.Dense(10, input_shape=(4,), activation="softmax")])
    nn.compile(optimizer="Adam")
    assert type(nn.optimizer).__name__ == "Adam"
    with pytest.warns(UserWarning) if loss.startswith("binary") else _nothing():
        nn.compile(loss=loss)
    assert type(nn.optimizer).__name__ == "RMSprop"


class _nothing:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None


@pytest.mark.filterwarnings("ignore:inputs are as large:UserWarning")  # raw pixels, as the lecture has them
def test_mnist(tmp_path):
    Xtrain, Xvalid = IMAGES[:64] * 1.0, IMAGES[64:] * 1.0
    ytrainB, yvalidB = keras.utils.to_categorical(LABELS[:64]), keras.utils.to_categorical(LABELS[64:])
    nn = keras.Sequential()
    nn.add(keras.layers.Flatten(input_shape=[28, 28]))
    nn.add(keras.layers.Dense(50, activation="tanh"))
    nn.add(keras.layers.Dense(10, activation="softmax"))
    nn.compile(optimizer="nadam", loss="categorical_crossentropy", metrics=["accuracy"])
    stop = keras.callbacks.EarlyStopping(
        monitor="val_loss", patience=5, verbose=1, mode="auto", restore_best_weights=True
    )
    log = keras.callbacks.CSVLogger(tmp_path / "log.csv", separator=",", append=False)
    train = nn.fit(
        Xtrain, ytrainB, epochs=10, batch_size=1024, validation_data=(Xvalid, yvalidB), callbacks=[stop, log], verbose=0
    )
    h = train.history
    assert list(h) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert len((tmp_path / "log.csv").read_text().splitlines()) == len(h["loss"]) + 1
    assert nn.predict(Xvalid, verbose=0).shape == (32, 10)


# 002


def classifier():
    model = keras.Sequential()
    model.add(keras.layers.InputLayer(input_shape=[28, 28]))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(300, activation="relu"))
    model.add(keras.layers.Dense(100, activation="relu"))
    model.add(keras.layers.Dense(10, activation="softmax"))
    return model


def test_fashion_mnist(capsys):
    X_train, y_train = IMAGES[:64] / 255.0, LABELS[:64]
    X_valid, y_valid = IMAGES[64:] / 255.0, LABELS[64:]
    model = classifier()
    model.summary()
    shown = capsys.readouterr().out
    for text in ("235,500", "30,100", "1,010", "266,610", "(None, 784)"):
        assert text in shown
    assert [type(each).__name__ for each in model.layers] == ["Flatten", "Dense", "Dense", "Dense"]
    weights, biases = model.layers[1].get_weights()
    assert (weights.shape, biases.shape) == ((784, 300), (300,))
    assert not biases.any()
    model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])
    history = model.fit(X_train, y_train, epochs=3, validation_data=(X_valid, y_valid))
    assert history.params == {"verbose": 1, "epochs": 3, "steps": 2}
    assert history.epoch == [0, 1, 2]
    assert list(history.history) == ["loss", "accuracy", "val_loss", "val_accuracy"]  # the plot's styles rely on it
    assert "Epoch 1/3" in capsys.readouterr().out
    loss, accuracy = model.evaluate(X_valid, y_valid)
    np.testing.assert_allclose([loss, accuracy], [history.history[f"val_{name}"][-1] for name in ("loss", "accuracy")])
    X_new = X_valid[:3]
    y_proba = model.predict(X_new)
    assert y_proba.dtype == np.float32
    np.testing.assert_allclose(y_proba.round(2).sum(axis=-1), 1, atol=0.05)
    assert y_proba.argmax(axis=-1).shape == (3,)


def test_functions_and_objects_in_place_of_names():
    model = classifier()
    model.compile(
        loss=keras.losses.sparse_categorical_crossentropy,
        optimizer=keras.optimizers.SGD(),
        metrics=[keras.metrics.sparse_categorical_accuracy],
    )
    history = model.fit(IMAGES / 255.0, LABELS, verbose=0)
    assert list(history.history) == ["loss", "sparse_categorical_accuracy"]
    assert np.isclose(float(keras.optimizers.SGD(learning_rate=0.05).learning_rate.numpy()), 0.05)


def test_one_hot_rows():
    rows = keras.utils.to_categorical([0, 5, 1, 0], num_classes=10)
    np.testing.assert_array_equal(rows, np.eye(10)[[0, 5, 1, 0]])


def test_california_housing():
    norm_layer = keras.layers.Normalization(input_shape=HOUSES.shape[1:])
    model = keras.Sequential(
        [
            norm_layer,
            keras.layers.Dense(50, activation="relu"),
            keras.layers.Dense(50, activation="relu"),
            keras.layers.Dense(50, activation="relu"),
            keras.layers.Dense(1),
        ]
    )
    optimizer = keras.optimizers.Adam(learning_rate=1e-3)
    model.compile(loss="mse", optimizer=optimizer, metrics=["RootMeanSquaredError"])
    norm_layer.adapt(HOUSES)
    history = model.fit(HOUSES, PRICES, epochs=3, validation_data=(HOUSES, PRICES), verbose=0)
    mse_test, rmse_test = model.evaluate(HOUSES, PRICES, verbose=0)
    np.testing.assert_allclose(rmse_test, np.sqrt(mse_test), rtol=1e-5)
    assert len(history.history) == 4
    normalized = model.activations(HOUSES)["normalization"]
    np.testing.assert_allclose([normalized.mean(), normalized.std()], [0, 1], atol=1e-4)
    assert model.predict(HOUSES[:3], verbose=0).shape == (3, 1)


def test_wide_and_deep(capsys):
    normalization_layer = keras.layers.Normalization()
    hidden_layer1 = keras.layers.Dense(30, activation="relu")
    hidden_layer2 = keras.layers.Dense(30, activation="relu")
    concat_layer = keras.layers.Concatenate()  # printed: concatenate()
    output_layer = keras.layers.Dense(1)
    input_ = keras.layers.Input(shape=HOUSES.shape[1:])
    normalized = normalization_layer(input_)
    hidden1 = hidden_layer1(normalized)
    hidden2 = hidden_layer2(hidden1)
    concat = concat_layer([normalized, hidden2])
    output = output_layer(concat)
    model = keras.Model(inputs=[input_], outputs=[output])
    model.summary()
    shown = capsys.readouterr().out
    for text in ("270", "930", "39", "1,256", "1,239", "17", "Connected to"):
        assert text in shown
    assert model.count_params() == 1256
    assert sum(v.size for v in model.non_trainable_weights) == 17


def two_outputs():
    input_wide = keras.layers.Input(shape=[5])  # features 0 to 4
    input_deep = keras.layers.Input(shape=[6])  # features 2 to 7
    norm_layer_wide = keras.layers.Normalization()
    norm_layer_deep = keras.layers.Normalization()
    norm_wide = norm_layer_wide(input_wide)
    norm_deep = norm_layer_deep(input_deep)
    hidden1 = keras.layers.Dense(30, activation="relu")(norm_deep)
    hidden2 = keras.layers.Dense(30, activation="relu")(hidden1)
    concat = keras.layers.concatenate([norm_wide, hidden2])
    output = keras.layers.Dense(1)(concat)
    aux_output = keras.layers.Dense(1)(hidden2)
    model = keras.Model(inputs=[input_wide, input_deep], outputs=[output, aux_output])
    return model, norm_layer_wide, norm_layer_deep


class WideAndDeepModel(keras.Model):
    def __init__(self, units=30, activation="relu", **kwargs):
        super().__init__(**kwargs)  # needed to support naming the model
        self.norm_layer_wide = keras.layers.Normalization()
        self.norm_layer_deep = keras.layers.Normalization()
        self.hidden1 = keras.layers.Dense(units, activation=activation)
        self.hidden2 = keras.layers.Dense(units, activation=activation)
        self.main_output = keras.layers.Dense(1)
        self.aux_output = keras.layers.Dense(1)

    def call(self, inputs):
        input_wide, input_deep = inputs
        norm_wide = self.norm_layer_wide(input_wide)
        norm_deep = self.norm_layer_deep(input_deep)
        hidden1 = self.hidden1(norm_deep)
        hidden2 = self.hidden2(hidden1)
        concat = keras.layers.concatenate([norm_wide, hidden2])
        output = self.main_output(concat)
        aux_output = self.aux_output(hidden2)
        return output, aux_output


@pytest.mark.parametrize("subclassed", [False, True])
def test_two_inputs_and_two_outputs(subclassed):
    if subclassed:
        model = WideAndDeepModel(30, activation="relu", name="my_cool_model")
        wide, deep = model.norm_layer_wide, model.norm_layer_deep
    else:
        model, wide, deep = two_outputs()
    optimizer = keras.optimizers.Adam(learning_rate=1e-3)
    model.compile(loss=("mse", "mse"), loss_weights=(0.9, 0.1), optimizer=optimizer, metrics=["RootMeanSquaredError"])
    X_wide, X_deep = HOUSES[:, :5], HOUSES[:, 2:]
    wide.adapt(X_wide)
    deep.adapt(X_deep)
    model.fit(
        (X_wide, X_deep), (PRICES, PRICES), epochs=2, validation_data=((X_wide, X_deep), (PRICES, PRICES)), verbose=0
    )
    eval_results = model.evaluate((X_wide, X_deep), (PRICES, PRICES), verbose=0)
    weighted_sum_of_losses, main_loss, aux_loss, main_rmse, aux_rmse = eval_results
    np.testing.assert_allclose(weighted_sum_of_losses, 0.9 * main_loss + 0.1 * aux_loss, rtol=1e-5)
    np.testing.assert_allclose([main_rmse, aux_rmse], np.sqrt([main_loss, aux_loss]), rtol=1e-5)
    y_pred_main, y_pred_aux = model.predict((X_wide, X_deep), verbose=0)
    np.testing.assert_allclose(np.mean((y_pred_main - PRICES) ** 2), main_loss, rtol=1e-4)
    y_pred = dict(zip(model.output_names, (y_pred_main, y_pred_aux), strict=True))
    assert len(y_pred) == 2
    assert model.name == ("my_cool_model" if subclassed else "functional")


# 003


def test_regression_with_a_held_out_share():
    from nn.layers import Dense
    from nn.models import Sequential

    n_cols = HOUSES.shape[1]
    model = Sequential()
    model.add(Dense(100, activation="relu", input_shape=(n_cols,)))
    model.add(Dense(100, activation="relu"))
    model.add(Dense(1))
    model.compile(optimizer="adam", loss="mean_squared_error")
    early_stopping_monitor = keras.callbacks.EarlyStopping(patience=2)
    for _ in range(2):  # one callback object may be used again
        history = model.fit(
            HOUSES, PRICES, validation_split=0.3, nb_epoch=5, callbacks=[early_stopping_monitor], verbose=0
        )
    assert list(history.history) == ["loss", "val_loss"]


def test_a_loop_over_activation_functions():
    for act in ["relu", "leaky_relu", "sigmoid", "tanh"]:
        model = keras.Sequential([keras.layers.Dense(6, activation=act, input_shape=(8,)), keras.layers.Dense(1)])
        model.compile("adam", "mse")
        history = model.fit(HOUSES, PRICES, validation_data=(HOUSES, PRICES), epochs=3, verbose=0)
        assert history.history["loss"][-1] < history.history["loss"][0]


def test_batch_normalization_after_a_layer():
    model = keras.Sequential()
    model.add(keras.layers.Dense(100, activation="relu", input_shape=(8,)))
    model.add(keras.layers.BatchNormalization())
    model.add(keras.layers.Dense(1))
    assert [v.shape for v in model.layers[1].weights] == [(100,)] * 4


# 004

LISTINGS_004 = {
    "plain": lambda: [
        keras.layers.Flatten(input_shape=[28, 28]),  # reshaping
        keras.layers.Dense(300, activation="relu"),
        keras.layers.Dense(100, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ],
    "leaky": lambda: [
        keras.layers.Flatten(input_shape=[28, 28]),
        keras.layers.Dense(300, kernel_initializer="he_normal"),
        keras.layers.LeakyReLU(alpha=0.2),
        keras.layers.Dense(100, activation="relu", kernel_initializer="he_normal"),
        keras.layers.Dense(10, activation="softmax"),
    ],
    "normalized after": lambda: [
        keras.layers.Flatten(input_shape=[28, 28]),
        keras.layers.BatchNormalization(),
        keras.layers.Dense(300, activation="elu", kernel_initializer="he_normal"),
        keras.layers.BatchNormalization(),
        keras.layers.Dense(100, activation="elu", kernel_initializer="he_normal"),
        keras.layers.BatchNormalization(),
        keras.layers.Dense(10, activation="softmax"),
    ],
    "normalized before": lambda: [
        keras.layers.Flatten(input_shape=[28, 28]),
        keras.layers.BatchNormalization(),
        keras.layers.Dense(300, kernel_initializer="he_normal", use_bias=False),
        keras.layers.BatchNormalization(),
        keras.layers.Activation("elu"),
        keras.layers.Dense(100, kernel_initializer="he_normal", use_bias=False),
        keras.layers.BatchNormalization(),
        keras.layers.Activation("elu"),
        keras.layers.Dense(10, activation="softmax"),
    ],
    "dropout": lambda: [
        keras.layers.Flatten(input_shape=[28, 28]),
        keras.layers.Dropout(rate=0.2),
        keras.layers.Dense(300, activation="elu", kernel_initializer="he_normal"),
        keras.layers.Dropout(rate=0.2),
        keras.layers.Dense(100, activation="elu", kernel_initializer="he_normal"),
        keras.layers.Dropout(rate=0.2),
        keras.layers.Dense(10, activation="softmax"),
    ],
}


@pytest.mark.parametrize("name", LISTINGS_004)
def test_deep_classifiers(name):
    model = keras.models.Sequential(LISTINGS_004[name]())
    assert model.output_shape == (None, 10)
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(),
        optimizer=keras.optimizers.SGD(learning_rate=0.01),
        metrics=["accuracy"],
    )
    callback = keras.callbacks.EarlyStopping(monitor="loss", patience=3, restore_best_weights=True)
    history = model.fit(
        IMAGES / 255.0, LABELS, epochs=3, validation_data=(IMAGES / 255.0, LABELS), callbacks=[callback], verbose=0
    )
    assert history.history["loss"][-1] < history.history["loss"][0]
    assert not model.train_function.is_eager


def test_online_learning():
    model = keras.Sequential([keras.layers.Dense(3, input_shape=(8,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.01, beta_1=0.9, beta_2=0.999), loss="mse")
    history = model.fit(HOUSES, PRICES, epochs=2, batch_size=1, verbose=0)
    assert history.params["steps"] == 64
    assert history.history["loss"][1] < history.history["loss"][0]


def test_initializers_and_regularizers():
    he_avg_init = keras.initializers.VarianceScaling(scale=2.0, mode="fan_avg", distribution="uniform")
    layers = [
        keras.layers.Dense(10, activation="relu", kernel_initializer="he_normal"),
        keras.layers.Dense(10, activation="sigmoid", kernel_initializer=he_avg_init),
        keras.layers.Dense(10, activation="selu", kernel_initializer="lecun_normal"),
        *(
            keras.layers.Dense(100, activation="elu", kernel_initializer="he_normal", kernel_regularizer=each)
            for each in (keras.regularizers.l2(0.01), keras.regularizers.l1(0.01), keras.regularizers.l1_l2(0.01))
        ),
    ]
    model = keras.Sequential(layers)
    model(np.ones((2, 4)))
    assert len(model.losses) == 3


OPTIMIZERS_004 = {
    "clipped": (lambda: keras.optimizers.SGD(clipvalue=1.0), "clipvalue", 1.0),
    "momentum": (lambda: keras.optimizers.SGD(learning_rate=0.001, momentum=0.9), "momentum", 0.9),
    "nesterov": (lambda: keras.optimizers.SGD(learning_rate=0.001, momentum=0.9, nesterov=True), "nesterov", True),
    "adam": (lambda: keras.optimizers.Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999), "beta_2", 0.999),
    "nadam": (lambda: keras.optimizers.Nadam(learning_rate=0.001, beta_1=0.9, beta_2=0.999), "beta_1", 0.9),
    "decay": (lambda: keras.optimizers.SGD(learning_rate=0.01, decay=1e-4), "nesterov", False),
}


@pytest.mark.parametrize("name", OPTIMIZERS_004)
def test_optimizers(name):
    make, attribute, value = OPTIMIZERS_004[name]
    optimizer = make()
    assert getattr(optimizer, attribute) == value
    model = keras.Sequential([keras.layers.Dense(3, input_shape=(8,)), keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer=optimizer)
    history = model.fit(HOUSES, PRICES, epochs=2, verbose=0)
    assert history.history["loss"][1] < history.history["loss"][0]
