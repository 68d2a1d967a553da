"""The lectures' classifier of 300, 100 and 10 units on Fashion-MNIST, as its Keras listing has it."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

import autodiff as ad
import nn as keras

from . import articles
from .digits_pictures import confusion, learning_curves
from .report import Report
from .session import Training, run
from .style import new_figure

EPOCHS = 10


class StopOnWish(keras.callbacks.Callback):
    """Ends training after the epoch in which Ctrl-C was pressed."""

    def __init__(self, training: Training) -> None:
        super().__init__()
        self._training = training

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.model.stop_training = self._training.stopped


def classifier(shape: Any) -> Any:
    """The listing of the lecture (002): Flatten, two relu layers, softmax; SGD with its rate of 0.01."""
    model = keras.Sequential(
        [
            keras.layers.Flatten(input_shape=shape),
            keras.layers.Dense(300, activation="relu", name="hidden_1"),
            keras.layers.Dense(100, activation="relu", name="hidden_2"),
            keras.layers.Dense(10, activation="softmax", name="output"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])
    return model


def demo(report: Report, training: Training) -> None:
    """Train, and show the summary, the learning curves, the confusion matrix, mistakes, and the graph."""
    images = articles.load()
    report.title(f"A Keras listing, trained: 300-100-10 on {images.title}")
    if images.missing:
        report.say(f"Fashion-MNIST is neither under NN_DATA_DIR nor downloaded. {images.missing}")
    keras.utils.clear_session()
    keras.set_random_seed(42)
    model = classifier(images.train[0].shape[1:])
    model.summary()
    history = model.fit(
        *images.train, epochs=EPOCHS, validation_data=images.validation, callbacks=[StopOnWish(training)], verbose=2
    ).history
    _, accuracy = model.evaluate(*images.test, verbose=0)
    report.say(
        f"After {len(history['loss'])} epochs of SGD (rate 0.01, batches of 32): {history['val_accuracy'][-1]:.4f} of "
        f"the validation images are told right, {accuracy:.4f} of the test images."
    )
    show(report, model, images, history)


def show(report: Report, model: Any, images: articles.Images, history: dict[str, list[float]]) -> None:
    probabilities = model.predict(images.test[0], verbose=0)
    predicted = probabilities.argmax(axis=-1)
    losses = list(zip(history["loss"], history["val_loss"], strict=True))
    curves = learning_curves(losses, [1 - each for each in history["val_accuracy"]], "validation images")
    report.picture(curves, "fashion-learning.png", "Losses, and validation images told wrong.")
    report.picture(
        confusion(images.test[1], predicted, images.names), "fashion-confusion.png", "What each article was taken for."
    )
    report.picture(mistakes(images, probabilities), "fashion-mistakes.png", "The first test images told wrong.")
    step = model.train_function.program
    (report.folder / "fashion_train_step.py").write_text(step.source, encoding="utf-8")
    ad.draw(step).save(report.folder / "fashion-step.svg")
    report.say("The training step that ran is fashion_train_step.py, NumPy alone; fashion-step.svg is its graph.")


def mistakes(images: articles.Images, probabilities: Any) -> Figure:
    """The first test images told wrong: what they were taken for, and in brackets what they are, with probabilities."""
    x, y = images.test
    predicted = probabilities.argmax(axis=-1)
    figure, grid = new_figure(10, 6.2, rows=3, columns=5)
    wrong = np.flatnonzero(predicted != y)[: grid.size]
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, i in zip(grid.flat, wrong, strict=False):
        first, second = (f"{images.names[k]} {probabilities[i, k]:.0%}" for k in (predicted[i], y[i]))
        axes.imshow(x[i], cmap="gray_r")
        axes.set_title(f"{first}\n({second})", fontsize="small")
    return figure


if __name__ == "__main__":
    run(demo)
