"""The lectures' data, split as they split it; scikit-learn's bundled sets where a folder has it not.

Pixels and features are float32, in which both libraries train.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from demos.xor import make_data
from nn import datasets

Pair = tuple[Any, Any]  # inputs and targets, one row each


class Splits(NamedTuple):
    """What to train on, to test with before and after, and to validate with after each epoch."""

    name: str
    train: Pair
    test: Pair
    validation: Pair | None = None

    def thinned(self, every: int) -> Splits:
        """Every so many rows of each part, next to each other in memory as those of the whole are."""

        def thin(part: Pair) -> Pair:
            return np.ascontiguousarray(part[0][::every]), np.ascontiguousarray(part[1][::every])

        validation = thin(self.validation) if self.validation else None
        return self._replace(train=thin(self.train), test=thin(self.test), validation=validation)

    def sizes(self) -> str:
        """
        >>> Splits("rows", (range(1000), None), (range(3), None)).sizes()
        '1,000 to train, 3 to test'
        """
        parts = {"to train": self.train, "to validate": self.validation, "to test": self.test}
        return ", ".join(f"{len(part[0]):,} {what}" for what, part in parts.items() if part)


Source = Callable[[], Splits]


def mnist() -> Splits:
    """Raw pixels and one-hot labels; the first 40,000 train, the other 20,000 validate."""
    (x, y), (x_test, y_test) = datasets.mnist.load_data()
    x, x_test, y, y_test = _float(x), _float(x_test), one_hot(y), one_hot(y_test)
    return Splits("MNIST", (x[:40_000], y[:40_000]), (x_test, y_test), (x[40_000:], y[40_000:]))


def fashion_first() -> Splits:
    """Pixels from 0 to 1; the first 5,000 validate."""
    (x, y), test = _fashion()
    return Splits("Fashion-MNIST", (x[5_000:], y[5_000:]), test, (x[:5_000], y[:5_000]))


def fashion_last() -> Splits:
    """Pixels from 0 to 1; the last 5,000 validate."""
    (x, y), test = _fashion()
    return Splits("Fashion-MNIST", (x[:-5_000], y[:-5_000]), test, (x[-5_000:], y[-5_000:]))


def _fashion() -> tuple[Pair, Pair]:
    (x, y), (x_test, y_test) = datasets.fashion_mnist.load_data()
    return (_float(x) / np.float32(255), y), (_float(x_test) / np.float32(255), y_test)


def housing() -> Splits:
    return Splits("California housing", *_shuffled(*datasets.california_housing.as_scikit_learn()))


def diabetes() -> Splits:
    """442 patients; ten features of each, and how the illness went on, in units of 100."""
    from sklearn.datasets import load_diabetes

    x, y = load_diabetes(return_X_y=True)
    return Splits("scikit-learn's diabetes", *_shuffled(x, y / 100))


def _shuffled(x: Any, y: Any) -> tuple[Pair, Pair, Pair]:
    """A quarter tests, a quarter of the rest validates, shuffled as the lecture does."""
    from sklearn.model_selection import train_test_split

    x, x_test, y, y_test = train_test_split(_float(x), _float(y), random_state=42)
    x, x_valid, y, y_valid = train_test_split(x, y, random_state=42)
    return (x, y), (x_test, y_test), (x_valid, y_valid)


def digits() -> Splits:
    """1,797 images of 8x8 pixels from 0 to 1."""
    x, y = _digits()
    return _in_order(x / np.float32(16), y)


def raw_digits() -> Splits:
    """The same with pixels from 0 to 16 and one-hot labels."""
    x, y = _digits()
    return _in_order(x, one_hot(y))


def _digits() -> Pair:
    from sklearn.datasets import load_digits

    loaded = load_digits()
    return _float(loaded.images), loaded.target


def _in_order(x: Any, y: Any) -> Splits:
    return Splits("scikit-learn's digits", (x[:1200], y[:1200]), (x[1500:], y[1500:]), (x[1200:1500], y[1200:1500]))


def xor() -> Splits:
    """The noisy corners of the demo, to train and to test."""
    X, y = make_data()
    points = _float(X.T), _float(y[:, None])
    return Splits("XOR's noisy corners", points, points)


def one_hot(labels: Any) -> Any:
    """
    >>> one_hot(np.array([1, 9])).argmax(axis=1).tolist()
    [1, 9]
    """
    return np.eye(10, dtype=np.float32)[labels]


def _float(array: Any) -> Any:
    return array.astype(np.float32)
