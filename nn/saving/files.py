"""Saving and loading: which format a name stands for, and what is written to it and read from it."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from ..limits import at_most
from ..registration import custom_object_scope
from .archive import CONFIG, Archive, replacing, write_archive
from .errors import ModelFileError, reading
from .hdf5 import h5py_module, opened
from .legacy import LegacyReader, training_config, write_layers, write_optimizer
from .objects import Reader
from .text import config_of, made_model
from .training import read_training, training_members
from .weights_file import WeightsReader, weights_bytes, write_weights

KERAS = "3.15.1"  # whose formats these are
_SLACK = 2**20


def save_model(model: Any, filepath: Any, overwrite: bool = True, **options: Any) -> None:
    """Write a model to a file that Keras 3 reads, too: layers, weights, `compile`'s arguments, the optimizer's state.

    '.keras' is Keras 3's format, '.h5' that of Keras 2. The file is there as a whole or not at all. With
    `include_optimizer=False` the last two are left out. Raises ValueError for other names, FileExistsError
    without `overwrite`, and ValueError for functions without a name.
    """
    include = options.pop("include_optimizer", True)
    path = Path(filepath)
    _check_options(path, options)
    _check_free(path, overwrite)
    if path.suffix == ".keras":
        write_archive(path, members_of(model, include))
    elif path.name.endswith(".weights.h5") or path.suffix not in (".h5", ".hdf5"):
        raise ValueError(_no_format(path))
    else:
        _write_legacy(path, model, include)


def _check_options(path: Path, options: dict[str, Any]) -> None:
    form = options.pop("save_format", None)
    options.pop("zipped", None)
    if form in ("tf", "tensorflow"):
        raise ValueError(
            f"save(..., save_format={form!r}): TensorFlow's SavedModel is not written here, nor by Keras 3; "
            f'write model.save("{path.with_suffix(".keras").name}")'
        )
    if form not in (None, "h5", "keras") or options:
        raise ValueError(
            f"save: unknown arguments {options or {'save_format': form}}; the name's ending tells the format"
        )


def _no_format(path: Path) -> str:
    if path.name.endswith(".weights.h5"):
        return f"save: {path.name!r} is a name for weights alone; write model.save_weights({path.name!r})"
    return f"save: the name {path.name!r} tells no format; write model.save({path.name + '.keras'!r}), or '.h5'"


def _check_free(path: Path, overwrite: bool) -> None:
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} is there already; write overwrite=True to replace it")


def members_of(model: Any, include_optimizer: bool = True) -> dict[str, bytes]:
    """The members of a '.keras' file by their names. Others may be added: Keras reads only these."""
    config = config_of(model)
    if not include_optimizer:
        config.pop("compile_config", None)
    saved = {"keras_version": KERAS, "date_saved": f"{datetime.now():%Y-%m-%d@%H:%M:%S}", "written_by": "autodiff-nn"}
    return {
        "metadata.json": json.dumps(saved).encode(),
        "config.json": json.dumps(config).encode(),
        "model.weights.h5": weights_bytes(model),
        **(training_members(model) if include_optimizer else {}),
    }


def _write_legacy(path: Path, model: Any, include_optimizer: bool) -> None:
    config = config_of(model)
    compiled = config.pop("compile_config", None)
    told = {key: config[key] for key in ("class_name", "config", "build_config") if key in config}
    labels = {"backend": "numpy", "keras_version": KERAS}
    with replacing(path) as target, h5py_module().File(target, "w") as file:
        file.attrs.update({**labels, "model_config": json.dumps(told)})
        write_layers(file.create_group("model_weights"), model, labels)
        if compiled is not None and include_optimizer:
            file.attrs["training_config"] = json.dumps(training_config(model, compiled))
            write_optimizer(file, model.optimizer)


def load_model(
    filepath: Any, custom_objects: dict[str, Any] | None = None, compile: bool = True, safe_mode: bool = True
) -> Any:
    """The model in a file, as `Model.save` wrote it here or in Keras: of Keras 3 '.keras', of Keras 1 to 3 '.h5'.

    It goes on training where it was left, unless `compile=False`. A file cannot run code: of classes and
    functions only those of this package are made, and those that are registered or in `custom_objects`;
    `safe_mode` is taken for Keras' sake. Settings that are not known here are left out, and the log says so.
    Raises FileNotFoundError, and ModelFileError, a ValueError, for broken files and what is not known.
    """
    path = _existing(filepath)
    with reading(path), custom_object_scope(custom_objects or {}):
        reader = Reader(custom_objects)
        model = _load_archive(path, reader, compile) if _is_archive(path) else _load_legacy(path, reader, compile)
        reader.tell()
    return model


def _existing(filepath: Any) -> Path:
    path = Path(filepath)
    if path.is_dir():
        raise ModelFileError(
            f"{path} is a folder: TensorFlow's SavedModel is not read here; load it there, and save it as '.keras'"
        )
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}; the current folder is {Path.cwd()}")
    return path


def _is_archive(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def _load_archive(path: Path, reader: Reader, compiled: bool) -> Any:
    with Archive(path) as archive:
        config = json.loads(archive.read("config.json", CONFIG).decode())
        weights = archive.read("model.weights.h5")
        with at_most(2 * len(weights) + _SLACK):
            model = made_model(config, reader, compiled)
            with opened(weights) as file:
                WeightsReader(file).read(model)
        if model.objectives is not None:
            read_training(archive, model)
    return model


def _load_legacy(path: Path, reader: Reader, compiled: bool) -> Any:
    with at_most(2 * os.path.getsize(path) + _SLACK), opened(path) as file:
        stored = LegacyReader(file)
        model = made_model(stored.config(), reader, compiled=False)
        stored.read(model)
        training = stored.training_config() if compiled else None
        if training is not None:
            model.compile_from_config(training, reader)
            stored.read_optimizer(model)
    return model


def save_weights(model: Any, filepath: Any, overwrite: bool = True, **options: Any) -> None:
    """Write the weights alone: to '.weights.h5' as Keras 3 does, to other '.h5' as Keras 2 did.

    Raises ValueError for other names and for a model that has no weights yet.
    """
    path = Path(filepath)
    _check_options(path, options)
    _check_free(path, overwrite)
    if path.suffix not in (".h5", ".hdf5"):
        raise ValueError(
            f"save_weights: the name {path.name!r} must end in '.weights.h5', as Keras 3 wants it, or '.h5'"
        )
    if not model.built:
        raise ValueError("save_weights: the model has no weights yet; call it, or build it for a shape")
    with replacing(path) as target, h5py_module().File(target, "w") as file:
        if path.name.endswith(".weights.h5"):
            write_weights(file, model)
        else:
            write_layers(file, model, {"backend": "numpy", "keras_version": KERAS})


def load_weights(model: Any, filepath: Any, skip_mismatch: bool = False, by_name: bool = False) -> None:
    """Read weights from a file that `save_weights` or `save` wrote, here or in Keras.

    `by_name`, for Keras 2's '.h5', reads what layers of the same names have. `skip_mismatch` leaves out what does not
    fit, with a warning. Raises ModelFileError, a ValueError, for what does not fit; then nothing has changed.
    """
    path = _existing(filepath)
    if not model.built:
        raise ValueError("load_weights: the model has no weights yet; call it, or build it for a shape")
    with reading(path):
        source: Any = path
        if _is_archive(path):
            with Archive(path) as archive:
                source = archive.read("model.weights.h5")
        with opened(source) as file:
            if "layer_names" in file.attrs or "layer_names0" in file.attrs or "model_weights" in file:
                LegacyReader(file).read(model, by_name, skip_mismatch)
            elif by_name:
                raise ModelFileError("by_name is for files of Keras 2's kind; in this one layers have no names")
            else:
                WeightsReader(file, skip_mismatch).read(model)
