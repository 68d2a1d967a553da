"""What is saved comes back: models of each kind, in each format, with what is the user's own."""

import json
import subprocess
import sys
from typing import Any

import h5py
import numpy as np
import pytest

import nn
import nn as keras
from benchmarks.keras_records import files
from nn.saving import ModelFileError

from .graphs import operated

X, Y = files.rows(), files.classes()


def same(model: Any, other: Any, x: Any = X) -> None:
    for one, two in zip(
        np.atleast_1d(model.predict(x, verbose=0)), np.atleast_1d(other.predict(x, verbose=0)), strict=True
    ):
        np.testing.assert_array_equal(one, two)


@nn.saving.register_keras_serializable("tests")
class Scale(nn.layers.Layer):
    """A layer of one's own, with a layer inside."""

    def __init__(self, units: int, start: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units, self.start = units, start
        self.inner = nn.layers.Dense(units)
        self._more = [nn.layers.Dense(units, name="x"), nn.layers.Dense(units, name="y")]

    def build(self, input_shape: Any) -> None:
        self.factor = self.add_weight((self.units,), "ones", name="factor")

    def call(self, inputs: Any) -> Any:
        x = self.inner(inputs) * self.factor * self.start
        return self._more[1](self._more[0](x))


@nn.saving.register_keras_serializable("tests")
class Deep(nn.Model):
    """A model of one's own."""

    def __init__(self, units: int = 4, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.hidden = nn.layers.Dense(units, activation="relu")
        self.blocks = {"a": nn.layers.Dense(units), "b": nn.layers.BatchNormalization()}
        self._last = nn.layers.Dense(2, activation="softmax")

    def call(self, inputs: Any) -> Any:
        return self._last(self.blocks["b"](self.blocks["a"](self.hidden(inputs))))


@nn.saving.register_keras_serializable("tests")
def far(y_true: Any, y_pred: Any) -> Any:
    return np.mean(np.abs(y_true - y_pred) ** 3, axis=-1)


def own() -> Any:
    model = nn.Sequential([nn.Input(shape=(3,)), Scale(4, 0.5), nn.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def deep() -> Any:
    model = Deep(5, name="deep")
    model.compile(nn.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.parametrize("make", [own, deep, lambda: files.sequential(nn)], ids=["own", "deep", "stack"])
@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_interrupted_and_uninterrupted_training_are_one(tmp_path, make, ending):
    model = make()
    model.fit(X, Y, epochs=2, verbose=0)
    model.save(tmp_path / f"model.{ending}")
    again = nn.models.load_model(tmp_path / f"model.{ending}")
    assert type(again) is type(model)
    same(model, again)
    for each in (model, again):
        each.fit(X, Y, epochs=2, shuffle=False, verbose=0)
    for one, two in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_the_model_in_a_new_process_without_its_source(tmp_path):
    model = files.sequential(nn)
    model.save(tmp_path / "model.keras")
    code = (
        "import sys, numpy as np, nn; model = nn.models.load_model(sys.argv[1]); "
        "print(repr(model.predict(np.ones((1, 3)), verbose=0).tolist()))"
    )
    told = subprocess.run([sys.executable, "-c", code, str(tmp_path / "model.keras")], capture_output=True, check=True)
    assert json.loads(told.stdout) == model.predict(np.ones((1, 3)), verbose=0).tolist()


def test_reading_and_writing_is_imported_when_it_is_asked_for():
    code = (
        "import sys, nn; loaded = {'h5py', 'yaml', 'zipfile', 'nn.saving.files'} & set(sys.modules); "
        "assert not loaded, loaded; nn.models.load_model; assert 'nn.saving.files' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_package_that_is_not_installed_is_named(tmp_path, monkeypatch):
    model = files.sequential(nn)
    monkeypatch.setitem(sys.modules, "h5py", None)
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(ImportError, match=r"pip install autodiff-nn\[files\]"):
        model.save(tmp_path / "model.keras")
    with pytest.raises(ImportError, match=r"pip install autodiff-nn\[files\]"):
        nn.models.load_model(files.FILES / "sequential.keras")
    with pytest.raises(ImportError, match=r"pip install autodiff-nn\[files\]"):
        model.to_yaml()


# Names and arguments


def test_saved_model_is_refused_with_what_to_write(tmp_path):
    with pytest.raises(ValueError, match=r'write model.save\("my_keras_model.keras"\)'):
        files.sequential(nn).save("my_keras_model", save_format="tf")


@pytest.mark.parametrize("name", ["model", "model.txt", "model.weights.h5"])
def test_names_that_tell_no_format(tmp_path, name):
    with pytest.raises(ValueError, match=r"write model\.save"):
        files.sequential(nn).save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_there_is_kept_if_told(tmp_path):
    (tmp_path / "model.keras").write_bytes(b"mine")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        files.sequential(nn).save(tmp_path / "model.keras", overwrite=False)
    assert (tmp_path / "model.keras").read_bytes() == b"mine"


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_without_the_compiled_state(tmp_path, ending):
    model = files.trained("sequential", nn)[0]
    model.save(tmp_path / f"a.{ending}", include_optimizer=False)
    assert nn.models.load_model(tmp_path / f"a.{ending}").optimizer is None
    model.save(tmp_path / f"b.{ending}")
    assert nn.models.load_model(tmp_path / f"b.{ending}", compile=False).optimizer is None


def test_models_that_were_not_trained_or_not_built(tmp_path):
    model = files.sequential(nn)
    model.save(tmp_path / "new.keras")
    again = nn.models.load_model(tmp_path / "new.keras")
    assert not again.optimizer.built
    again.fit(X, Y, verbose=0)
    nn.Sequential([nn.layers.Dense(2)]).save(tmp_path / "open.keras")
    assert nn.models.load_model(tmp_path / "open.keras").predict(X, verbose=0).shape == (8, 2)


def test_a_stack_that_learnt_its_shape_from_data(tmp_path):
    model = nn.Sequential([nn.layers.Dense(2)])
    model(X)
    model.save(tmp_path / "model.keras")
    same(model, nn.models.load_model(tmp_path / "model.keras"))


def test_what_is_frozen_stays_frozen(tmp_path):
    model = files.sequential(nn)
    model.layers[0].trainable = False
    for ending in ("keras", "h5"):
        model.save(tmp_path / f"model.{ending}")
        again = nn.models.load_model(tmp_path / f"model.{ending}")
        assert [v.path for v in again.trainable_weights] == [v.path for v in model.trainable_weights]
        same(model, again)


# Weights


def stack(*names: str, units: int = 4) -> Any:
    layers = [nn.layers.Dense(units if i == 0 else 2, name=name) for i, name in enumerate(names)]
    return nn.Sequential([nn.Input(shape=(3,)), *layers])


@pytest.mark.parametrize("ending", ["weights.h5", "h5", "hdf5"])
def test_weights_go_into_a_model_of_other_names(tmp_path, ending):
    model, other = stack("dense_2", "dense_3"), stack("dense", "dense_2")
    model.save_weights(tmp_path / f"x.{ending}")
    other.load_weights(tmp_path / f"x.{ending}")
    same(model, other)


def test_weights_of_a_whole_model_file(tmp_path):
    model, other = files.trained("sequential", nn)[0], files.sequential(nn)
    for ending in ("keras", "h5"):
        model.save(tmp_path / f"x.{ending}")
        other.load_weights(tmp_path / f"x.{ending}")
        same(model, other)


def test_by_name_only_layers_of_these_names(tmp_path):
    model, other = stack("first", "second"), stack("first", "other")
    model.save_weights(tmp_path / "x.h5")
    kept = other.layers[1].get_weights()
    other.load_weights(tmp_path / "x.h5", by_name=True)
    np.testing.assert_array_equal(other.layers[0].kernel.numpy(), model.layers[0].kernel.numpy())
    np.testing.assert_array_equal(other.layers[1].get_weights()[0], kept[0])
    model.save_weights(tmp_path / "x.weights.h5")
    with pytest.raises(ModelFileError, match="by_name"):
        other.load_weights(tmp_path / "x.weights.h5", by_name=True)


@pytest.mark.parametrize("ending", ["weights.h5", "h5"])
def test_what_does_not_fit(tmp_path, ending):
    model, other = stack("first", "second"), stack("first", "second", units=5)
    model.save_weights(tmp_path / f"x.{ending}")
    before = other.get_weights()
    with pytest.raises(ModelFileError, match=r"\(3, 4\), expected \(3, 5\)"):
        other.load_weights(tmp_path / f"x.{ending}")
    with pytest.warns(UserWarning, match="skipped"):
        other.load_weights(tmp_path / f"x.{ending}", skip_mismatch=True)
    np.testing.assert_array_equal(other.layers[0].kernel.numpy(), before[0])
    if ending == "weights.h5":
        np.testing.assert_array_equal(other.layers[1].bias.numpy(), model.layers[1].bias.numpy())
    deeper = stack("first", "second", "third")
    with pytest.raises(ModelFileError, match="the file"):
        deeper.load_weights(tmp_path / f"x.{ending}")


def test_weights_before_there_are_any(tmp_path):
    model = nn.Sequential([nn.layers.Dense(2)])
    with pytest.raises(ValueError, match="no weights yet"):
        model.save_weights(tmp_path / "x.weights.h5")
    stack("a", "b").save_weights(tmp_path / "x.weights.h5")
    with pytest.raises(ValueError, match="no weights yet"):
        model.load_weights(tmp_path / "x.weights.h5")
    with pytest.raises(ValueError, match=r"\.weights\.h5"):
        stack("a", "b").save_weights(tmp_path / "x")


def test_layers_of_one_name_inside_of_a_layer(tmp_path):
    model = nn.Sequential([nn.Input(shape=(3,)), Scale(2, name="scale")])
    model.layers[0]._more[1].name = "x"
    for v in model.layers[0]._more[1].weights:
        v.rename(v.path.replace("/y/", "/x/"))
    model.save(tmp_path / "x.h5")
    same(model, nn.models.load_model(tmp_path / "x.h5"))
    with h5py.File(tmp_path / "x.h5") as file:
        assert len(file["model_weights/scale"].attrs["weight_names"]) == 7


# Texts and copies


@pytest.mark.parametrize("name", list(files.MODELS))
def test_texts(name):
    make, x, _ = files.MODELS[name]
    model = make(nn)
    for again in (
        nn.models.model_from_json(model.to_json()),
        nn.models.model_from_json(model.to_json(indent=2)),
        nn.models.model_from_yaml(model.to_yaml()),
        nn.models.model_from_config(json.loads(model.to_json())),
    ):
        assert again.to_json() == model.to_json()
        again.set_weights(model.get_weights())
        same(model, again, x())


@pytest.mark.parametrize("name", list(files.MODELS))
def test_configs_and_clones(name):
    make, x, _ = files.MODELS[name]
    model = make(nn)
    for again in (type(model).from_config(model.get_config()), nn.models.clone_model(model)):
        assert again.name == model.name
        assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
        assert not {id(v) for v in again.weights} & {id(v) for v in model.weights}
        again.set_weights(model.get_weights())
        same(model, again, x())


def test_clones_of_other_layers_and_inputs():
    model = files.graph(nn)

    def wider(layer: Any) -> Any:
        config = layer.get_config()
        return type(layer).from_config({**config, "activation": "relu"} if config.get("units") == 1 else config)

    assert nn.models.clone_model(model, clone_function=wider).get_layer("main").activation is nn.activations.relu
    x = nn.Input(shape=(3,))
    assert nn.models.clone_model(model, input_tensors=[x, x]).inputs == [x, x]
    first = deep()
    first(X)
    assert nn.models.clone_model(first).units == 5
    with pytest.raises(ValueError, match="defined by its class"):
        nn.models.clone_model(first, clone_function=wider)


def test_a_clone_of_a_lambda_keeps_its_function():
    model = nn.Sequential([nn.Input(shape=(3,)), nn.layers.Lambda(lambda x: 3 * x)])
    same(model, nn.models.clone_model(model))


def test_a_part_of_a_model_is_a_model(tmp_path):
    x = nn.Input(shape=(3,))
    middle = nn.layers.Dense(4)(x)
    part = nn.Model(middle, nn.layers.Dense(2)(middle))
    part.save(tmp_path / "part.keras")
    same(part, nn.models.load_model(tmp_path / "part.keras"), np.ones((2, 4), "f4"))


# What is the user's own


def test_registered_losses_and_activations(tmp_path):
    @nn.saving.register_keras_serializable("tests", name="cubed")
    def cube(x: Any) -> Any:
        return x**3

    model = nn.Sequential([nn.Input(shape=(3,)), nn.layers.Dense(1, activation=cube)])
    model.compile("sgd", loss=far, metrics=[far])
    model.fit(X, X[:, :1], verbose=0)
    model.save(tmp_path / "model.keras")
    again = nn.models.load_model(tmp_path / "model.keras")
    assert again.layers[0].activation is cube
    assert again.loss is far
    assert again.evaluate(X, X[:, :1], verbose=0) == model.evaluate(X, X[:, :1], verbose=0)
    assert nn.activations.get("tests>cubed") is cube


def test_a_class_that_is_not_registered_is_named_and_can_be_given(tmp_path):
    class Twice(nn.layers.Layer):
        def call(self, inputs: Any) -> Any:
            return 2 * inputs

    model = nn.Sequential([nn.Input(shape=(3,)), Twice()])
    for ending in ("keras", "h5"):
        model.save(tmp_path / f"model.{ending}")
        with pytest.raises(ModelFileError, match=r"'Twice' is not known here.*register"):
            nn.models.load_model(tmp_path / f"model.{ending}")
        same(model, nn.models.load_model(tmp_path / f"model.{ending}", custom_objects={"Twice": Twice}))
        with nn.saving.custom_object_scope({"Twice": Twice}):
            same(model, nn.models.load_model(tmp_path / f"model.{ending}"))


def test_names_that_are_taken():
    with pytest.raises(ValueError, match=r"is .* already"):
        nn.saving.register_keras_serializable("tests", name="Deep")(Scale)
    with pytest.raises(ValueError, match="get_config"):
        nn.saving.register_keras_serializable("tests")(type("Bare", (), {}))


def test_functions_on_symbolic_tensors(tmp_path):
    model = operated()
    data = np.float32(np.random.default_rng(0).normal(size=(2, 4, 6)))
    model.save(tmp_path / "model.keras")
    again = nn.models.load_model(tmp_path / "model.keras")
    for one, two in zip(model.predict(data, verbose=0), again.predict(data, verbose=0), strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_function_that_files_do_not_know_is_named(tmp_path):
    x = nn.Input(shape=(4,))
    with pytest.raises(ValueError, match="write a layer of your own"):
        nn.Model(x, np.cumsum(x, axis=1)).save(tmp_path / "model.keras")
    assert not list(tmp_path.iterdir())


# The lectures


def test_the_listings_of_the_lectures(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    from nn.models import load_model

    model = keras.models.Sequential()
    model.add(keras.layers.Dense(5, activation="relu", input_shape=(3,)))
    model.add(keras.layers.Dense(1))
    model.compile(optimizer="adam", loss="mean_squared_error")
    model.fit(X, X[:, :1], epochs=2, verbose=0)
    model.save("model_file.h5")
    my_model = load_model("model_file.h5")  # 003 prints another name
    np.testing.assert_array_equal(my_model.predict(X, verbose=0), model.predict(X, verbose=0))
    my_model.summary()
    assert "26" in capsys.readouterr().out
    assert int(my_model.optimizer.iterations) == 2  # "this allows to resume training where it was left off"
    model.save("my_keras_model.keras")  # 002 prints save_format="tf"
    same(keras.models.load_model("my_keras_model.keras"), model)
