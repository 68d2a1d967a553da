"""Made-up runs, steered by our callbacks and by Keras'."""

import numpy as np

from benchmarks.keras_records.callbacks import PLATEAU, STOPPING
from benchmarks.keras_records.callbacks import answers as answers_of
from nn import callbacks

from ..recorded import answers_of_keras
from .small import line

keras = answers_of_keras("callbacks")


def test_runs_stop_where_keras_stops_them(keras):
    ours = answers_of(callbacks, line()[0])
    for options, one, other in zip(STOPPING, ours["stopping"], keras["stopping"], strict=True):
        assert one == other, options


def test_rates_fall_where_keras_lowers_them(keras):
    ours = answers_of(callbacks, line()[0])
    for options, one, other in zip(PLATEAU, ours["rates"], keras["rates"], strict=True):
        for rates, expected in zip(one, other, strict=True):
            np.testing.assert_allclose(rates, expected, rtol=1e-6, err_msg=str(options))


def test_files_are_those_of_keras(keras):
    assert answers_of(callbacks, line()[0])["files"] == keras["files"]
