"""The members of an archive that let training go on exactly: random generators and the run. Keras skips them."""

from __future__ import annotations

import json
import warnings
from io import BytesIO
from typing import Any

import numpy as np

from ..models.run import RunState
from ..random import set_generator_state
from .archive import CONFIG, Archive
from .hdf5 import Group, h5py_module, opened

PLAIN, ARRAYS = "training.json", "training.h5"


def training_members(model: Any) -> dict[str, bytes]:
    """What a model has besides variables once it was trained, by the members' names; else nothing.

    Raises TypeError where a callback's state is more than numbers, texts, arrays, lists and dicts of these.
    """
    run = model.run.state() if model.run is not None else model.last_run
    if run is None and not getattr(model.optimizer, "built", False):
        return {}
    generators = [each.bit_generator.state for each in model.generators()]
    arrays: list[Any] = []
    told = pack({"generators": generators, "run": run and run.told()}, arrays)
    members = {PLAIN: json.dumps(told).encode()}
    return {**members, ARRAYS: _array_bytes(arrays)} if arrays else members


def read_training(archive: Archive, model: Any) -> None:
    """Let the model's generators go on, and keep the run for `fit`. Raises ModelFileError for what is no such state."""
    if PLAIN not in archive:
        return
    told = json.loads(archive.read(PLAIN, CONFIG).decode())  # of bytes it guesses the encoding, and imports it
    if ARRAYS in archive:
        with opened(archive.read(ARRAYS)) as file:
            told = unpack(told, Group(file))
    _restore_generators(model.generators(), told["generators"])
    if told["run"] is not None:
        model.last_run = RunState.read(told["run"])


def _restore_generators(generators: list[Any], states: list[Any]) -> None:
    if len(generators) != len(states):
        warnings.warn(
            f"the file has {len(states)} random generators, the model {len(generators)}: they begin anew", stacklevel=2
        )
        return
    for each, state in zip(generators, states, strict=True):
        set_generator_state(each, state)


def pack(value: Any, arrays: list[Any]) -> Any:
    """A value as JSON knows it; arrays are put into the list, and numbers of NumPy's, which have a dtype.

    >>> pack({"best": [np.zeros(2), 0.5]}, [])
    {'best': [{'__array__': 0}, 0.5]}
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: pack(each, arrays) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [pack(each, arrays) for each in value]
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "fiub":
        arrays.append(value)
        return {"__array__" if isinstance(value, np.ndarray) else "__number__": len(arrays) - 1}
    raise TypeError(
        f"the state of a run holds {value!r:.100}, expected numbers, texts, arrays, lists, and dicts with texts as "
        "keys; let a callback's get_state() tell it by these"
    )


def unpack(value: Any, arrays: Group) -> Any:
    """What `pack` was given, with the arrays of a file; tuples are lists."""
    if isinstance(value, list):
        return [unpack(each, arrays) for each in value]
    if not isinstance(value, dict):
        return value
    for key, kind in (("__array__", np.asarray), ("__number__", np.ravel)):
        if value.keys() == {key}:
            found = kind(arrays.array(str(value[key])))
            return found if key == "__array__" else found[0]
    return {key: unpack(each, arrays) for key, each in value.items()}


def _array_bytes(arrays: list[Any]) -> bytes:
    made = BytesIO()
    with h5py_module().File(made, "w") as file:
        for i, each in enumerate(arrays):
            file.create_dataset(str(i), data=each)
    return made.getvalue()
