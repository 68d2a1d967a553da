"""What every doctest may use: `np` and `ad`."""

import numpy as np
import pytest

import autodiff as ad


@pytest.fixture(autouse=True)
def _names(doctest_namespace: dict[str, object]) -> None:
    doctest_namespace.update(np=np, ad=ad)
