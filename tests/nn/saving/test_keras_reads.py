"""Keras reads what is written here, where it is installed: every layer, optimizer and format."""

import warnings
from typing import Any

import numpy as np
import pytest

import nn
from benchmarks.keras_records import files

from .graphs import operated
from .keras_answers import as_list, live_keras

CLOSE = {"rtol": 2e-5, "atol": 2e-6}
ENDINGS = ["keras", "h5", "weights.h5"]
OPTIMIZERS = ["SGD", "RMSprop", "Adam", "AdamW", "Adadelta", "Adagrad", "Adamax", "Nadam", "Ftrl", "Lion", "Lamb"]


@pytest.fixture(scope="module")
def keras() -> Any:
    return live_keras()


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="keras")
        yield


def moved(model: Any, path: Any, ending: str, other: Any, make: Any) -> Any:
    """The model in the other package, by a file."""
    name = f"{path}/model.{ending}"
    if ending == "weights.h5":
        model.save_weights(name)
        made = make(other)
        made.load_weights(name)
        return made
    model.save(name)
    return other.models.load_model(name)


def check_same(model: Any, other: Any, x: Any) -> None:
    for one, two in zip(as_list(model.predict(x, verbose=0)), as_list(other.predict(x, verbose=0)), strict=True):
        np.testing.assert_allclose(one, two, **CLOSE)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("there", [True, False], ids=["to_keras", "from_keras"])
def test_every_layer(keras, tmp_path, ending, there):
    source, target = (nn, keras) if there else (keras, nn)
    model = files.zoo(source)
    files.set_apart(model)
    if source is keras:  # Normalization sees its new weights only when they are loaded
        model.save(tmp_path / "settled.keras")
        model = keras.models.load_model(tmp_path / "settled.keras")
    check_same(model, moved(model, tmp_path, ending, target, files.zoo), files.zoo_inputs())


@pytest.mark.parametrize("name", list(files.MODELS))
@pytest.mark.parametrize("ending", ENDINGS)
def test_trained_models(keras, tmp_path, ending, name):
    if (name, ending) == ("graph", "h5"):
        pytest.skip("Keras cannot read operations from .h5, not even its own")
    model, x, _ = files.trained(name, nn)
    check_same(model, moved(model, tmp_path, ending, keras, files.MODELS[name][0]), x)


@pytest.mark.parametrize("there", [True, False], ids=["to_keras", "from_keras"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_goes_on(keras, tmp_path, name, there):
    source, target = (nn, keras) if there else (keras, nn)
    model = source.models.Sequential([source.layers.Input(shape=(3,)), source.layers.Dense(2, activation="tanh")])
    model.compile(getattr(source.optimizers, name)(0.01), loss="mean_squared_error")
    x, y = files.rows(), files.rows()[:, :2]
    for _ in range(3):
        model.train_on_batch(x, y)
    other = moved(model, tmp_path, "keras", target, None)
    assert [v.shape for v in other.optimizer.variables] == [v.shape for v in model.optimizer.variables]
    for one, two in zip(other.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(two), err_msg=one.path)
    for _ in range(2):
        assert other.train_on_batch(x, y) == pytest.approx(model.train_on_batch(x, y), rel=1e-4)


@pytest.mark.parametrize("seed", range(6))
def test_graphs_of_layers_that_look_alike(keras, tmp_path, seed):
    """Files count the layers of a class: both packages must count in one order, or weights would change places."""

    def tangled(k: Any) -> Any:
        draws = np.random.default_rng(seed)
        tensors = [k.layers.Input(shape=(2,), name=f"in_{i}") for i in range(2)]
        inputs = list(tensors)
        for i in range(8):
            first, second = (tensors[draws.integers(len(tensors))] for _ in range(2))
            added = k.layers.Add(name=f"add_{i}")([first, second])
            tensors.append(k.layers.Dense(2, name=f"dense_{i}", activation="tanh")(added))
        outputs = [*tensors[-2:], k.layers.Average(name="all")(tensors[2:])]
        return k.models.Model(inputs, outputs[::-1] if seed % 2 else outputs)

    model = tangled(nn)
    files.set_apart(model)
    x = [files.rows()[:, :2], files.rows()[:, 1:]]
    for ending in ENDINGS:
        check_same(model, moved(model, tmp_path, ending, keras, tangled), x)


def test_functions_on_symbolic_tensors(keras, tmp_path):
    model = operated()
    data = np.float32(np.random.default_rng(0).normal(size=(2, 4, 6)))
    check_same(model, moved(model, tmp_path, "keras", keras, None), data)


@pytest.mark.parametrize("ending", ["weights.h5", "h5"])
def test_weights_of_a_model_that_a_class_defines(keras, tmp_path, ending):
    model, other = files.subclassed(nn), files.subclassed(keras)
    files.set_apart(model)
    model.save_weights(tmp_path / f"x.{ending}") if "w" in ending else model.save(tmp_path / f"x.{ending}")
    other.load_weights(tmp_path / f"x.{ending}")
    check_same(model, other, files.wide_rows())


def test_json_is_read_by_keras(keras):
    for name, (make, _, _) in files.MODELS.items():
        other = keras.models.model_from_json(make(nn).to_json())
        assert [layer.name for layer in other.layers] and other.count_params() == make(nn).count_params(), name


def test_members_that_keras_does_not_know_are_left_alone(keras, tmp_path):
    from nn.saving.archive import write_archive
    from nn.saving.files import members_of

    model, x, _ = files.trained("sequential", nn)
    write_archive(tmp_path / "model.keras", {**members_of(model), "training.json": b"{}"})
    check_same(model, keras.models.load_model(tmp_path / "model.keras"), x)
    check_same(model, nn.models.load_model(tmp_path / "model.keras"), x)
