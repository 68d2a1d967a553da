"""The lectures' networks, compiled, each a text for both libraries: `keras` is our `nn` or Keras."""

from __future__ import annotations

from typing import Any


def mnist(keras: Any, x: Any) -> Any:
    """Lecture 000: 50 tanh units, nadam."""
    return _mnist(keras, x, "nadam")


def mnist_then(keras: Any, x: Any) -> Any:
    """The same with the rate that nadam had by default in the Keras of the lecture."""
    return _mnist(keras, x, keras.optimizers.Nadam(learning_rate=0.002))


def _mnist(keras: Any, x: Any, optimizer: Any) -> Any:
    model = keras.Sequential()
    model.add(keras.Input(x.shape[1:]))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(50, activation="tanh"))
    model.add(keras.layers.Dense(10, activation="softmax"))
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def fashion(keras: Any, x: Any) -> Any:
    """Lectures 002 and 004: 300 and 100 ReLU units, SGD."""
    model = keras.Sequential(
        [
            keras.Input(x.shape[1:]),
            keras.layers.Flatten(),
            keras.layers.Dense(300, activation="relu"),
            keras.layers.Dense(100, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    optimizer = keras.optimizers.SGD(learning_rate=0.01)
    model.compile(loss="sparse_categorical_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    return model


def housing(keras: Any, x: Any) -> Any:
    """Lecture 002: normalization, three layers of 50 ReLU units, Adam."""
    norm_layer = keras.layers.Normalization()
    norm_layer.adapt(x)
    model = keras.Sequential(
        [
            keras.Input(x.shape[1:]),
            norm_layer,
            keras.layers.Dense(50, activation="relu"),
            keras.layers.Dense(50, activation="relu"),
            keras.layers.Dense(50, activation="relu"),
            keras.layers.Dense(1),
        ]
    )
    optimizer = keras.optimizers.Adam(learning_rate=1e-3)
    model.compile(loss="mse", optimizer=optimizer, metrics=["RootMeanSquaredError"])
    return model


def xor(keras: Any, x: Any) -> Any:
    """Lecture 000: two tanh units and a third without a bias, Gaussian weights, steepest descent of the MSE."""

    def gaussian() -> Any:
        return keras.initializers.RandomNormal(stddev=1.0)

    hidden = keras.layers.Dense(2, activation="tanh", kernel_initializer=gaussian(), bias_initializer=gaussian())
    output = keras.layers.Dense(1, activation="tanh", use_bias=False, kernel_initializer=gaussian())
    model = keras.Sequential([keras.Input(x.shape[1:]), hidden, output])
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate=0.1), metrics=[right_side])
    return model


def right_side(y_true: Any, y_pred: Any) -> Any:
    """Whether an output has the sign of its label, 1 or -1."""
    return y_true * y_pred > 0
