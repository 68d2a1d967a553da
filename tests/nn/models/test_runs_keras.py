"""Whole runs against Keras': the same weights, histories, evaluations and predictions, as recorded and live."""

import numpy as np
import pytest

import nn
from benchmarks.keras_records.models import CASES, run

from ..recorded import answers_of_keras

answers = answers_of_keras("models")
# 24 steps in float32: what sums in another order differs by in the seventh digit, grown in training.
CLOSE = {"rtol": 2e-5, "atol": 2e-6}


@pytest.mark.parametrize("name", CASES)
def test_a_run_is_that_of_keras(name, answers):
    recorded = answers["runs"][name]
    found = run(nn, name, [np.array(each, "float32") for each in recorded["start"]])
    for part in ("history", "evaluated"):
        assert set(found[part]) == set(recorded[part])  # their order is JAX's, which sorts
        for key, values in recorded[part].items():
            np.testing.assert_allclose(found[part][key], values, **CLOSE, err_msg=f"{part} {key}")
    for part in ("predicted", "weights", "slots"):
        assert len(found[part]) == len(recorded[part])
        for i, (mine, theirs) in enumerate(zip(found[part], recorded[part], strict=True)):
            np.testing.assert_allclose(mine, theirs, **CLOSE, err_msg=f"{part} {i}")


@pytest.mark.parametrize("name", CASES)
def test_a_run_goes_far(name, answers):
    """So that agreeing means something: all weights move, and the loss falls."""
    recorded = answers["runs"][name]
    for start, end in zip(recorded["start"], recorded["weights"], strict=True):
        assert np.abs(np.subtract(start, end)).max() > 1e-3
    losses = recorded["history"]["loss"]
    assert losses[-1] < losses[0]
