"""Model files as Keras writes them, and what the models in them say; files of Keras 1 and 2 by their known layout."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .layers import CASES

FILES = Path(__file__).parents[2] / "tests" / "fixtures" / "keras_files"


def rows(count: int = 8) -> Any:
    """Inputs for models of three features."""
    return np.float32(np.random.default_rng(0).normal(size=(count, 3)).round(2))


def classes(count: int = 8) -> Any:
    return np.arange(count) % 2


def sequential(k: Any) -> Any:
    """A stack with state, regularizers and names of activations, trained for some steps with Adam."""
    model = k.models.Sequential(
        [
            k.layers.Input(shape=(3,), name="rows"),
            k.layers.Dense(4, activation="tanh", kernel_regularizer=k.regularizers.L2(0.01), name="hidden"),
            k.layers.Dropout(0.0, name="dropped"),
            k.layers.BatchNormalization(name="normal"),
            k.layers.Dense(2, activation="softmax", name="classes"),
        ],
        name="stack",
    )
    model.compile(k.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def graph(k: Any) -> Any:
    """Two inputs and outputs, a layer that is shared, a model inside, operations; momentum and a schedule."""
    a, b = k.layers.Input(shape=(3,), name="a"), k.layers.Input(shape=(3,), name="b")
    shared = k.layers.Dense(3, name="shared")
    inner = k.models.Sequential([k.layers.Input(shape=(3,)), k.layers.Dense(3, name="inside")], name="inner")
    both = k.layers.Concatenate(name="both")([inner(shared(b)), shared(a)])
    x = 1.0 - (both * 2.0 + both)[:, 1:]
    outputs = [k.layers.Dense(1, name="main")(x), k.layers.Dense(1, name="aux")(x)]
    model = k.models.Model([a, b], outputs, name="graph")
    rate = k.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)
    metrics = [["mean_absolute_error"], [k.metrics.RootMeanSquaredError()]]
    losses = ["mean_squared_error", "mean_absolute_error"]
    model.compile(k.optimizers.SGD(rate, momentum=0.9), losses, loss_weights=[0.9, 0.1], metrics=metrics)
    return model


def subclassed(k: Any) -> Any:
    """A model and a layer that classes define: layers in attributes, public and private, in lists and in dicts."""

    class Pair(k.layers.Layer):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self._first, self.second = k.layers.Dense(4), k.layers.Dense(4)

        def call(self, x: Any) -> Any:
            return self.second(self._first(x))

    class Deep(k.models.Model):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.zeta, self.alpha = k.layers.Dense(4, activation="tanh"), k.layers.Dense(4, activation="tanh")
            self.several = [k.layers.Dense(4), Pair(), k.layers.Dense(4)]
            self.named = {"y": k.layers.Dense(4), "x": k.layers.BatchNormalization()}
            self._last, self.again = k.layers.Dense(4), self.zeta

        def call(self, x: Any) -> Any:
            x = self.alpha(self.zeta(x))
            for each in self.several:
                x = each(x)
            return self._last(self.again(self.named["x"](self.named["y"](x))))

    model = Deep(name="deep")
    model(wide_rows())
    return model


def wide_rows() -> Any:
    """Inputs of four features."""
    return np.float32(np.random.default_rng(3).normal(size=(4, 4)).round(2))


def zoo(k: Any) -> Any:
    """Every layer of the recorded cases, side by side on inputs of its own."""
    inputs, outputs = [], []
    for number, (name, arguments, shapes) in enumerate(CASES):
        given = [k.layers.Input(shape=shape[1:], name=f"input_{number}_{i}") for i, shape in enumerate(shapes)]
        layer = getattr(k.layers, name)(**arguments, name=f"layer_{number}")
        inputs += given
        outputs.append(layer(given if len(given) > 1 else given[0]))
    return k.models.Model(inputs, outputs, name="zoo")


def zoo_inputs() -> list[Any]:
    """Inputs of two rows for the zoo; three where a case reshapes rows."""
    generator = np.random.default_rng(1)
    return [np.float32(generator.normal(size=(2, *shape[1:])).round(2)) for case in CASES for shape in case[2]]


MODELS: dict[str, tuple[Callable[[Any], Any], Callable[[], Any], Callable[[], Any]]] = {
    "sequential": (sequential, rows, classes),
    "graph": (graph, lambda: [rows(), rows()[::-1]], lambda: [rows()[:, :1], rows()[:, 1:2]]),
}


def trained(name: str, k: Any, steps: int = 3) -> tuple[Any, Any, Any]:
    """A model after some steps, and what it was trained on."""
    make, x, y = MODELS[name]
    model, x, y = make(k), x(), y()
    for _ in range(steps):
        model.train_on_batch(x, y)
    return model, x, y


def set_apart(model: Any) -> None:
    """Weights that are all different, from 0.5 to 1.5."""
    values = np.random.default_rng(2)
    model.set_weights([_different(values, each) for each in model.weights])


def _different(values: np.random.Generator, weight: Any) -> Any:
    is_count = np.issubdtype(np.dtype(weight.dtype), np.integer)
    return np.full(weight.shape, 3) if is_count else values.uniform(0.5, 1.5, weight.shape)


def record(folder: Path = FILES) -> dict[str, Any]:
    """Write the files to a folder; what the models in them give, and how they go on training."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    folder.mkdir(exist_ok=True)
    answers: dict[str, Any] = {"keras": keras.__version__}
    for name in MODELS:
        keras.utils.clear_session()
        keras.utils.set_random_seed(0)
        model, x, y = trained(name, keras)
        model.save(folder / f"{name}.keras")
        model.save(folder / f"{name}.h5")
        model.save_weights(folder / f"{name}.weights.h5")
        predicted = _listed(model.predict(x, verbose=0))
        answers[name] = {"predicted": predicted, "losses": [_first(model.train_on_batch(x, y)) for _ in range(3)]}
    keras.utils.clear_session()
    model = zoo(keras)
    set_apart(model)
    model.save(folder / "zoo.keras")
    _pack(folder / "zoo.keras")
    model = keras.models.load_model(folder / "zoo.keras")  # Normalization sees its new weights only then
    answers["zoo"] = {"predicted": _listed(model.predict(zoo_inputs(), verbose=0))}
    keras.utils.clear_session()
    model = subclassed(keras)
    set_apart(model)
    model.save_weights(folder / "subclassed.weights.h5")
    answers["subclassed"] = {"predicted": _listed(model.predict(wide_rows(), verbose=0))}
    keras_2(folder)
    keras_1(folder)
    return answers


def _first(logs: Any) -> float:
    return float(np.ravel(logs)[0])


def _listed(outputs: Any) -> list[Any]:
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    return [[float(f"{each:.8g}") for each in np.ravel(output)] for output in outputs]


def _pack(path: Path) -> None:
    """The same archive, compressed: many small groups of HDF5 are mostly zeros."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


# Files of versions that run nowhere any more: their documented layout, written by hand.

KERNELS = [np.float32(np.arange(12).reshape(3, 4) / 10 - 0.5), np.float32(np.arange(8).reshape(4, 2) / 10 - 0.3)]
BIASES = [np.float32([0.1, -0.2, 0.3, 0.0]), np.float32([0.5, -0.5])]


def slots(scale: float) -> list[Any]:
    """Moments for kernel, bias, kernel, bias; all above 0."""
    return [np.float32(scale * (1 + np.arange(w.size).reshape(w.shape))) for w in _weights()]


def _weights() -> list[Any]:
    return [KERNELS[0], BIASES[0], KERNELS[1], BIASES[1]]


def _write(path: Path, version: str, config: Any, training: Any, layers: Any, optimizer: Any) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        labels = {"keras_version": version.encode(), "backend": b"tensorflow"}
        file.attrs.update({**labels, "model_config": json.dumps(config).encode()})
        file.attrs["training_config"] = json.dumps(training).encode()
        group = file.create_group("model_weights")
        group.attrs.update(labels)
        group.attrs["layer_names"] = np.array([name.encode() for name in layers])
        for name, weights in layers.items():
            _write_group(group.create_group(name), weights)
        _write_group(file.create_group("optimizer_weights"), optimizer)


def _write_group(group: Any, weights: dict[str, Any]) -> None:
    group.attrs["weight_names"] = np.array([name.encode() for name in weights], dtype="S40")
    for name, value in weights.items():
        group.create_dataset(name, data=value)


def _dense_2(name: str, units: int, activation: str, **more: Any) -> dict[str, Any]:
    scaling = {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None}
    return {
        "class_name": "Dense",
        "config": {
            "name": name, "trainable": True, **more, "dtype": "float32", "units": units, "activation": activation,
            "use_bias": True, "kernel_initializer": {"class_name": "VarianceScaling", "config": scaling},
            "bias_initializer": {"class_name": "Zeros", "config": {}},
            "kernel_regularizer": {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.009999999776482582}},
            "bias_regularizer": None, "activity_regularizer": None, "kernel_constraint": None, "bias_constraint": None,
        },
    }  # fmt: skip


def keras_2(folder: Path) -> None:
    """A stack (2.2: the config is a list; Adam's moments kind by kind) and a graph (nodes are nested lists)."""
    stack = [
        _dense_2("dense_1", 4, "tanh", batch_input_shape=[None, 3]),
        {"class_name": "Dropout", "config": {"name": "drop", "trainable": True, "rate": 0.25, "noise_shape": None,
                                             "seed": None}},
        _dense_2("dense_2", 2, "softmax"),
    ]  # fmt: skip
    adam = {"lr": 0.01, "beta_1": 0.9, "beta_2": 0.999, "decay": 0.0, "epsilon": 1e-07, "amsgrad": False}
    training = {"optimizer_config": {"class_name": "Adam", "config": adam}, "loss": "sparse_categorical_crossentropy",
                "metrics": ["acc"], "sample_weight_mode": None, "loss_weights": None}  # fmt: skip
    named = {
        f"dense_{i + 1}": {f"dense_{i + 1}/kernel:0": KERNELS[i], f"dense_{i + 1}/bias:0": BIASES[i]} for i in (0, 1)
    }
    moments = {f"training/Adam/Variable{f'_{i}' if i else ''}:0": each for i, each in enumerate(
        [*slots(0.01), *slots(0.001)])}  # fmt: skip
    layers = {"dense_1": named["dense_1"], "drop": {}, "dense_2": named["dense_2"]}
    optimizer = {"Adam/iterations:0": np.int64(7), **moments}
    _write(
        folder / "keras2_stack.h5", "2.2.4", {"class_name": "Sequential", "config": stack}, training, layers, optimizer
    )
    _graph_2(folder, training, named)


def _graph_2(folder: Path, training: dict[str, Any], named: dict[str, Any]) -> None:
    first = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 3], "dtype": "float32", "sparse": False,
                                                    "ragged": False, "name": "rows"}}  # fmt: skip
    nodes: list[tuple[str, dict[str, Any], Any]] = [
        ("rows", first, []),
        ("dense_1", _dense_2("dense_1", 4, "tanh"), [[["rows", 0, 0, {}]]]),
        ("twice", {"class_name": "Add", "config": {"name": "twice", "trainable": True, "dtype": "float32"}},
         [[["dense_1", 0, 0, {}], ["dense_1", 0, 0, {}]]]),
        ("dense_2", _dense_2("dense_2", 2, "softmax"), [[["twice", 0, 0, {}]]]),
    ]  # fmt: skip
    layers = [{"name": name, **entry, "inbound_nodes": inbound} for name, entry, inbound in nodes]
    ends = {"input_layers": [["rows", 0, 0]], "output_layers": [["dense_2", 0, 0]]}
    config = {"class_name": "Model", "config": {"name": "model_1", "layers": layers, **ends}}
    stored = {"rows": {}, "dense_1": named["dense_1"], "twice": {}, "dense_2": named["dense_2"]}
    names = [f"dense_{i}/{part}" for i in (1, 2) for part in ("kernel", "bias")]
    moments = {
        f"Adam/{name}/{kind}:0": each
        for kind, scale in (("m", 0.01), ("v", 0.001))
        for name, each in zip(names, slots(scale), strict=True)
    }
    optimizer = {"Adam/iter:0": np.int64(7), **moments}
    _write(folder / "keras2_graph.h5", "2.4.0", config, training, stored, optimizer)


def keras_1(folder: Path) -> None:
    """A stack with Keras 1's names of arguments, of weights and of regularizers, and SGD with momentum."""

    def dense(name: str, units: int, activation: str, **more: Any) -> dict[str, Any]:
        config = {
            "name": name, "trainable": True, "output_dim": units, "init": "glorot_uniform", "activation": activation,
            "W_regularizer": {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.01}, "b_regularizer": None,
            "activity_regularizer": None, "W_constraint": None, "b_constraint": None, "bias": True, "input_dim": None,
            **more,
        }  # fmt: skip
        return {"class_name": "Dense", "config": config}

    stack = [
        dense("dense_1", 4, "tanh", batch_input_shape=[None, 3], input_dtype="float32", input_dim=3),
        {"class_name": "Dropout", "config": {"name": "drop", "trainable": True, "p": 0.25}},
        dense("dense_2", 2, "softmax"),
    ]
    sgd = {"lr": 0.01, "momentum": 0.9, "decay": 0.0, "nesterov": False}
    training = {"optimizer_config": {"class_name": "SGD", "config": sgd}, "loss": "sparse_categorical_crossentropy",
                "metrics": ["accuracy"], "sample_weight_mode": "", "loss_weights": None}  # fmt: skip
    layers = {f"dense_{i + 1}": {f"dense_{i + 1}_W": KERNELS[i], f"dense_{i + 1}_b": BIASES[i]} for i in (0, 1)}
    stored = {"dense_1": layers["dense_1"], "drop": {}, "dense_2": layers["dense_2"]}
    optimizer = {f"param_{i}": each for i, each in enumerate([np.float32(7), *slots(0.01)])}
    _write(folder / "keras1.h5", "1.2.2", {"class_name": "Sequential", "config": stack}, training, stored, optimizer)
