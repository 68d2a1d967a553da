"""What 004 and 002 print of their runs: the history, the log, the counts of images and the predictions fit together."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import numpy as np

import nn

from .claims import Claim, Formula, Number, Text

TITLE = "The logs of the runs"
ABOUT = (
    "The runs themselves depend on random numbers that the lectures do not fix. But what they print has to fit "
    "together: the log is the history to four digits, and an accuracy is a whole number of images over 55,000, 5,000 "
    "or 10,000."
)

HISTORY = {
    "loss": [
        0.722934901714325, 0.4883507192134857, 0.442856103181839, 0.4130512773990631, 0.39435240626335144,
        0.3771648705005646, 0.36351078748703003, 0.3515343964099884, 0.3407656252384186, 0.33232381939888,
    ],
    "accuracy": [
        0.7645817995071411, 0.831672728061676, 0.8451818227767944, 0.8548908829689026, 0.8614909052848816,
        0.8676000237464905, 0.8730000257492065, 0.8746908903121948, 0.8784363865852356, 0.8811454772949219,
    ],
    "val_loss": [
        0.5096887946128845, 0.44573700428009033, 0.4269142150878906, 0.40665963292121887, 0.3829408586025238,
        0.38567879796028137, 0.3674776554107666, 0.3655632436275482, 0.3729713261127472, 0.3382042348384857,
    ],
    "val_accuracy": [
        0.8288000226020813, 0.8550000190734863, 0.855400025844574, 0.8646000027656555, 0.8690000176429749,
        0.8672000169754028, 0.8679999709129333, 0.8709999918937683, 0.8636000156402588, 0.8831999897956848,
    ],
}  # fmt: skip
LOG = {
    "loss": "0.7229 0.4884 0.4429 0.4131 0.3944 0.3772 0.3635 0.3515 0.3408 0.3323",
    "accuracy": "0.7646 0.8317 0.8452 0.8549 0.8615 0.8676 0.8730 0.8747 0.8784 0.8811",
    "val_loss": "0.5097 0.4457 0.4269 0.4067 0.3829 0.3857 0.3675 0.3656 0.3730 0.3382",
    "val_accuracy": "0.8288 0.8550 0.8554 0.8646 0.8690 0.8672 0.8680 0.8710 0.8636 0.8832",
}
EVALUATED = [0.3747851252555847, 0.8651999831199646]
IMAGES = {"accuracy": 55_000, "val_accuracy": 5_000}
PROBABILITIES = np.array(
    [
        [0, 0, 0, 0, 0, 0.09, 0, 0.09, 0, 0.82],
        [0, 0, 0.99, 0, 0, 0, 0.01, 0, 0, 0],
        [0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
    ]
)
CLASSES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
EPSILON = float(np.finfo("f4").eps)


def share(accuracy: float, images: int) -> Any:
    """The nearest accuracy that is a whole number of images."""
    return round(accuracy * images) / images


@cache
def history() -> Any:
    """Of a small run with what 004's has: an accuracy, and data for validation."""
    model = nn.Sequential([nn.layers.Input((2,)), nn.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    points, labels = np.eye(2), np.array([0, 1])
    return model.fit(points, labels, epochs=2, validation_data=(points, labels), verbose=0)


def log_line(name: str) -> Number:
    return Number("004", "Training and evaluating", f"{name} of the ten epochs: the log beside the history", LOG[name],
                  lambda: HISTORY[name])  # fmt: skip


def whole(lecture: str, where: str, what: str, values: list[float], images: int) -> Formula:
    """Accuracies as shares of images; they were computed in 32 bits."""
    printed = ", ".join(f"{each:.6f}" for each in values)
    points = [(value, images) for value in values]
    return Formula(lecture, where, what, printed, share, lambda value, images: value, points, noise=EPSILON)


predicted = partial(Text, "004", "Using the model to make predictions")

CLAIMS: tuple[Claim, ...] = (
    *map(log_line, HISTORY),
    *(whole("004", "In [14]: history.history", f"{name} is a whole number of {images:,} images", HISTORY[name], images)
      for name, images in IMAGES.items()),
    whole("004", "In [18]: model.evaluate", "accuracy is a whole number of 10,000 images", EVALUATED[1:], 10_000),
    whole("002", "Evaluation on the Test Set", "accuracy is a whole number of 10,000 images", [0.8863999843597412],
          10_000),
    Number("004", "In [18]: model.evaluate", "loss and accuracy: the log beside the result", "0.3748 0.8652",
           lambda: EVALUATED),
    Text("004", "In [15]: history.history.keys()", "keys, in this order",
         "['loss', 'accuracy', 'val_loss', 'val_accuracy']", lambda: list(history().history)),
    predicted("classes of the three predictions", "[9, 2, 1]", lambda: np.argmax(PROBABILITIES, axis=1).tolist()),
    predicted("their names", "['Ankle boot', 'Pullover', 'Trouser']",
              lambda: np.array(CLASSES)[np.argmax(PROBABILITIES, axis=1)].tolist()),
    Number("004", "Using the model to make predictions", "the probabilities of each sum to 1", "1.00 1.00 1.00",
           lambda: PROBABILITIES.sum(axis=1)),
)  # fmt: skip
