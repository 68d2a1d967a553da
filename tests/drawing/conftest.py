"""What holds after each test of drawings."""

import numpy as np
import pytest

from autodiff.context import state


@pytest.fixture(autouse=True)
def _changes_nothing():
    """The engine and NumPy are set as before."""
    context, errors = state.context, np.geterr()
    yield
    assert (state.context, np.geterr()) == (context, errors)
