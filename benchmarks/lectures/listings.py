"""Printed listings that do not run, or not as meant: what Python or `nn` says to each, and what to write.

Each is run as printed, on small data, and again as it should read. Listings that save, load or download are left out.
"""

from __future__ import annotations

import re
import warnings
from functools import cache
from typing import Any, NamedTuple

import numpy as np

import nn


class Listing(NamedTuple):
    """Lines as printed, and with the slip put right."""

    lecture: str
    printed: str
    right: str


class Outcome(NamedTuple):
    """What running some lines came to: `runs`, or the first line of the error or of the warning."""

    runs: bool
    said: str


LISTINGS = (
    Listing("000/001", 'Sequential([Dense(32, input_shape=X.shape[0], activation="tanh")])(X)',
            'Sequential([Dense(32, input_shape=(X.shape[1],), activation="tanh")])(X)'),
    Listing("000/001", 'Sequential([Dense(32) Dense(10, activation="softmax")])',
            'Sequential([Dense(32), Dense(10, activation="softmax")])'),
    Listing("000/001", "Dense(32, kernel_regularizer=keras.regularizer.l1(0.02))",
            "Dense(32, kernel_regularizer=keras.regularizers.l1(0.02))"),
    Listing("001", 'model.compile(loss="categorical.crossentropy")', 'model.compile(loss="categorical_crossentropy")'),
    Listing("000/001", 'h["acc"]', 'h["accuracy"]'),
    Listing("000", "dWi = 1.0; W_i = 1.0 - 0.1 * dW_i", "dW_i = 1.0; W_i = 1.0 - 0.1 * dW_i"),
    Listing("002", "concat_layer = keras.layers.concatenate()", "concat_layer = keras.layers.Concatenate()"),
    Listing("002", 'model.compile(loss="mse", metrics=["RootMeanSquaredError"]))',
            'model.compile(loss="mse", metrics=["RootMeanSquaredError"])'),
    Listing("003", "from nn.models import BatchNormalization", "from nn.layers import BatchNormalization"),
    Listing("003", "model.fit(X, y, nb_epoch=20, verbose=0)", "model.fit(X, y, epochs=20, verbose=0)"),
    Listing("003", "h['val_acc']", "h['val_accuracy']"),
    Listing("004", "keras.optimizers.SGD(learning_rate=0.01, decay=1e-4)",
            "keras.optimizers.SGD(keras.optimizers.schedules.InverseTimeDecay(0.01, 1, 1e-4))"),
    Listing("004", "keras.layers.LeakyReLU(alpha=0.2)", "keras.layers.LeakyReLU(negative_slope=0.2)"),
)  # fmt: skip


X, Y = np.ones((8, 3)), np.eye(2)[[0, 1] * 4]


def classifier() -> Any:
    model = nn.Sequential([nn.layers.Input((3,)), nn.layers.Dense(2, activation="softmax")])
    model.compile(loss="categorical_crossentropy", metrics=["accuracy"])
    return model


@cache
def history() -> Any:
    return classifier().fit(X, Y, validation_split=0.25, verbose=0).history


def surroundings() -> dict[str, Any]:
    """The names that the listings use: a compiled model, its data, and the history of a run."""
    classes = {"Dense": nn.layers.Dense, "Sequential": nn.Sequential}
    return {"keras": nn, "np": np, "model": classifier(), "X": X, "y": Y, "h": history(), **classes}


def outcome(lines: str) -> Outcome:
    """Run some lines, and tell what was said."""
    names = surroundings()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            exec(compile(lines, "<lecture>", "exec"), names)
        except Exception as error:  # whatever a slip leads to is what the table is about
            return Outcome(False, f"{type(error).__name__}: {first_line(error)}")
    return Outcome(True, f"runs; warns: {first_line(caught[-1].message)}" if caught else "runs")


def first_line(message: Any) -> str:
    """Without the file that Python names at its end."""
    text = message.msg if isinstance(message, SyntaxError) else str(message)
    return re.sub(r" \(/.*\)$", "", str(text).strip().splitlines()[0])
