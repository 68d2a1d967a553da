"""California housing: the 20,640 block groups of the census of 1990, by Pace and Barry (StatLib, public domain).

R. Kelley Pace and Ronald Barry, Sparse Spatial Autoregressions, Statistics and Probability Letters, 33 (1997) 291-297.

The columns of `load_data` are those that Keras gives, which its documentation does not tell right: it lists
scikit-learn's eight features, but the file that it loads holds the raw columns in the order of the original,
longitude first (keras-team/keras, issue 21886; the script that wrote the file takes each line of cal_housing.data as
it is). `as_scikit_learn` gives the eight features of those names.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .errors import DataError
from .finding import find, supplied
from .npz import read_npz
from .sources import File, Source
from .splitting import split
from .table import read_csv

ROWS, SMALL = 20_640, 600
COLUMNS = (
    "longitude", "latitude", "housing_median_age", "total_rooms", "total_bedrooms", "population", "households",
    "median_income",
)  # fmt: skip
TARGET = "median_house_value"
FEATURES = ("MedInc", "HouseAge", "AveRooms", "AveBedrms", "Population", "AveOccup", "Latitude", "Longitude")
# Keras' copy; its hash is the one that Keras checks. Under NN_DATA_DIR the table may also stand as cal_housing.csv.gz.
SOURCE = Source(
    "california-housing",
    ("https://storage.googleapis.com/tensorflow/tf-keras-datasets/",),
    {"california_housing.npz": File(743_530, "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f")},
)
_TABLE = "cal_housing.csv.gz"


def load_data(
    version: str = "large", path: str = "california_housing.npz", test_split: float = 0.2, seed: int | None = 113
) -> Any:
    """`(x_train, y_train), (x_test, y_test)`: float32, x (n, 8) with the raw `COLUMNS`, y (n,) the value in dollars.

    version: "large" has all 20,640 rows, "small" the first 600. path: an absolute one is read, an `.npz` file with the
    arrays x and y; any other is Keras' name for the file in its own cache, and stands for the one that is found or
    downloaded here. test_split: the share of rows to test with. seed: of the shuffle, which is Keras'.
    Raises ValueError for another version or share, DataError where the file is bad, and MissingDataError where there
    is none.

        (x_train, y_train), (x_test, y_test) = nn.datasets.california_housing.load_data()
        normalization = nn.layers.Normalization()
        normalization.adapt(x_train)
    """
    if version not in ("small", "large"):
        raise ValueError(f"version should be 'small' or 'large'. Received: version={version!r}")
    rows = (_archive(Path(path)) if Path(path).is_absolute() else _rows()).astype(np.float32)
    rows = rows[: SMALL if version == "small" else ROWS]
    return split(rows[:, :-1], rows[:, -1], test_split, seed)


def as_scikit_learn() -> tuple[Any, Any]:
    """`fetch_california_housing(return_X_y=True)`: float64, the eight `FEATURES` (20640, 8), and the value in 100,000$.

    The rows stand in the order of the file. Rooms, bedrooms and occupants are counted per household. A table of
    NN_DATA_DIR has all its digits; Keras' file, which is downloaded, has float32.
    """
    longitude, latitude, age, rooms, bedrooms, population, households, income, value = _rows().astype(float).T
    per_household = [each / households for each in (rooms, bedrooms, population)]
    features = [income, age, *per_household[:2], population, per_household[2], latitude, longitude]
    return np.stack(features, axis=1), value / 100_000


def _rows() -> Any:
    """The raw columns, the target last: (20640, 9)."""
    table = supplied(SOURCE.folder, _TABLE)
    if table is None:
        return _archive(find(SOURCE, "california_housing.npz"))
    return _checked(read_csv(table, (*COLUMNS, TARGET), ROWS), table)


def _archive(path: Path) -> Any:
    arrays = read_npz(path, {"x": ((ROWS, len(COLUMNS)), "float32"), "y": ((ROWS,), "float32")})
    return _checked(np.column_stack([arrays["x"], arrays["y"]]), path)


def _checked(rows: Any, path: Path) -> Any:
    if not np.isfinite(rows).all() or rows[:, 2:].min() <= 0:
        raise DataError(f"{path} should hold finite numbers; ages, counts, incomes and values should be positive.")
    return rows
