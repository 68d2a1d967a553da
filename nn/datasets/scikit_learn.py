"""The data sets that come with scikit-learn: nothing is downloaded."""

from __future__ import annotations

from typing import Any

from .errors import MissingDataError


def bundled(name: str) -> tuple[Any, Any]:
    """`(data, target)` of a data set that scikit-learn brings. Raises MissingDataError where it is not installed."""
    try:
        from sklearn import datasets
    except ModuleNotFoundError as error:
        raise MissingDataError(
            f"The data set {name} comes with scikit-learn: write `pip install autodiff-nn[data]`."
        ) from error
    data, target = getattr(datasets, f"load_{name}")(return_X_y=True)
    return data, target
