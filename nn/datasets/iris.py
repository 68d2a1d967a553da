"""Iris: 150 flowers of three species, by Edgar Anderson and R. A. Fisher (1936), as scikit-learn has them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .scikit_learn import bundled
from .splitting import split

NAMES = ("setosa", "versicolor", "virginica")
COLUMNS = ("sepal length", "sepal width", "petal length", "petal width")


def load_data(test_split: float = 0.2, seed: int | None = 113) -> Any:
    """`(x_train, y_train), (x_test, y_test)`: float32 (n, 4), the `COLUMNS` in cm, and int64 labels 0 to 2.

    `NAMES[label]` is the species. test_split: the share of the 150 flowers to test with. seed: of the shuffle.
    Raises ValueError for a share outside [0, 1), and MissingDataError where scikit-learn is not installed.

    >>> import nn
    >>> (x_train, y_train), (x_test, y_test) = nn.datasets.iris.load_data()
    >>> x_train.shape, x_test.shape
    ((120, 4), (30, 4))
    """
    x, y = bundled("iris")
    return split(x.astype(np.float32), y.astype(np.int64), test_split, seed)
