"""A case in nn and in live Keras, both in one process that computes in one dtype."""

from __future__ import annotations

import os
import warnings
from typing import Any

import nn

from .cases import BATCH, Case
from .declared import UNBUILT
from .kinds import all_cases
from .noise import asked, give, tell
from .running import Result, largest, train


def prepare(dtype: str) -> None:
    """Let a new process compute in a dtype. Before Keras is imported: JAX asks once whether it may use float64."""
    os.environ.update(KERAS_BACKEND="jax", JAX_ENABLE_X64=str(int(dtype == "float64")), TF_CPP_MIN_LOG_LEVEL="3")
    warnings.simplefilter("ignore")  # of Keras and JAX; each comes with every step
    import keras

    keras.config.set_floatx(dtype)
    nn.set_floatx(dtype)
    if dtype == "float64":
        widen()


def widen() -> None:
    """Let Keras compute in float64 throughout: but on TensorFlow it narrows results to float32, tanh's for one."""
    from keras.src.backend.common import dtypes

    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"


def compared(key: tuple[str, str], dtype: str, steps: int) -> Result:
    """What a case, by its kind and name, differs by in `steps` steps. An error is a result, too."""
    import keras

    case = all_cases()[key]
    if not any(piece.exists(keras) for piece in case.pieces):
        return Result({})
    if key in UNBUILT:
        return Result({}, UNBUILT[key])
    try:
        theirs, ours = started(case)
        given = give(ours)
        states = train(ours, case, dtype, steps, lambda _: tell(given, asked(theirs, BATCH)))
        return Result(largest(states, train(theirs, case, dtype, steps)))
    except Exception as error:  # of either side; the report names it and goes on
        return Result({}, f"{type(error).__name__}: {error}".splitlines()[0])


def started(case: Case) -> tuple[Any, Any]:
    """The models of Keras and of nn, with the weights that Keras began with."""
    import keras

    keras.utils.set_random_seed(0)
    theirs, ours = (case.compiled(library, lambda piece: piece.exists(keras)) for library in (keras, nn))
    ours.set_weights(theirs.get_weights())
    return theirs, ours
