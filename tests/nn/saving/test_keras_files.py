"""What Keras wrote is read: the models give what Keras' gave, and go on training as Keras' did."""

import io
import json
import zipfile
from typing import Any

import h5py
import numpy as np
import pytest

import nn
from benchmarks.keras_records import files

from .keras_answers import as_list, kept  # noqa: F401  # a fixture

# Sums in another order, in float32.
CLOSE = {"rtol": 2e-5, "atol": 2e-6}
NAMES = list(files.MODELS)


def check_outputs(model: Any, x: Any, answers: Any) -> None:
    outputs = as_list(model.predict(x, verbose=0))
    assert len(outputs) == len(answers)
    for output, answer in zip(outputs, answers, strict=True):
        np.testing.assert_allclose(np.ravel(output), answer, **CLOSE)


@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize("name", NAMES)
def test_a_trained_model_goes_on(kept, name, ending):  # noqa: F811
    folder, answers = kept
    model = nn.models.load_model(folder / f"{name}.{ending}")
    _, x, y = files.MODELS[name]
    check_outputs(model, x(), answers[name]["predicted"])
    assert int(model.optimizer.iterations) == 3
    losses = [float(np.ravel(model.train_on_batch(x(), y()))[0]) for _ in range(3)]
    np.testing.assert_allclose(losses, answers[name]["losses"], **CLOSE)


@pytest.mark.parametrize("name", NAMES)
def test_weights_alone(kept, name):  # noqa: F811
    folder, answers = kept
    make, x, _ = files.MODELS[name]
    model = make(nn)
    model.load_weights(folder / f"{name}.weights.h5")
    check_outputs(model, x(), answers[name]["predicted"])
    again = make(nn)
    again.load_weights(folder / f"{name}.h5")
    check_outputs(again, x(), answers[name]["predicted"])


def test_every_layer(kept):  # noqa: F811
    folder, answers = kept
    model = nn.models.load_model(folder / "zoo.keras")
    assert len(model.layers) == len(files.zoo(nn).layers)
    check_outputs(model, files.zoo_inputs(), answers["zoo"]["predicted"])


def test_weights_of_a_model_that_a_class_defines(kept):  # noqa: F811
    folder, answers = kept
    model = files.subclassed(nn)
    model.load_weights(folder / "subclassed.weights.h5")
    check_outputs(model, files.wide_rows(), answers["subclassed"]["predicted"])


# What is in Keras' configs for its own bookkeeping, or for what there is not here.
BEYOND = {"shared_object_id", "quantization_config", "sparse", "ragged", "optional", "build_config", "autocast"}


EMPTY = [("mask", None), ("compile_config", {})]


def plain(config: Any) -> Any:
    if isinstance(config, dict) and config.get("class_name") == "DTypePolicy":
        return config["config"]["name"]
    if isinstance(config, dict):
        return {key: plain(each) for key, each in config.items() if key not in BEYOND and (key, each) not in EMPTY}
    return [plain(each) for each in config] if isinstance(config, list) else config


def members(path: Any) -> tuple[Any, dict[str, Any]]:
    """The config, and the arrays with the names of the groups."""
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
        content = archive.read("model.weights.h5")
    found: dict[str, Any] = {}
    with h5py.File(io.BytesIO(content)) as file:
        file.visititems(
            lambda name, each: found.update({name: np.asarray(each) if hasattr(each, "shape") else dict(each.attrs)})
        )
    return config, found


@pytest.mark.parametrize("name", [*NAMES, "zoo"])
def test_what_is_written_is_what_keras_wrote(kept, name, tmp_path):  # noqa: F811
    folder, _ = kept
    nn.models.load_model(folder / f"{name}.keras").save(tmp_path / "again.keras")
    (theirs, arrays), (ours, written) = members(folder / f"{name}.keras"), members(tmp_path / "again.keras")
    theirs, ours = plain(theirs), plain(ours)
    for each in (theirs, ours):
        each.get("compile_config", {}).pop("jit_compile", None)
        each["config"]["layers"].sort(key=lambda layer: layer["config"]["name"])  # inputs come in another order
    check_configs(ours, theirs)
    assert set(written) == set(arrays)
    for key in (each for each in arrays if "input_layer" not in each):
        np.testing.assert_equal(written[key], arrays[key], err_msg=key)


def check_configs(ours: Any, theirs: Any, where: str = "") -> None:
    """All that Keras tells is told; what is told besides are arguments that Keras' configs leave out."""
    if isinstance(theirs, dict):
        assert isinstance(ours, dict), where
        for key, value in theirs.items():
            assert key in ours, f"{where}.{key} is missing"
            check_configs(ours[key], value, f"{where}.{key}")
    elif isinstance(theirs, list):
        assert isinstance(ours, list), where
        assert len(ours) == len(theirs), where
        for i, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            check_configs(one, other, f"{where}[{i}]")
    elif isinstance(theirs, float):
        assert ours == pytest.approx(theirs, rel=1e-6), where
    else:
        assert ours == theirs, where
