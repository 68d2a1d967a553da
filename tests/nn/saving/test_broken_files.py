"""A file cannot run code, and a broken one cannot hurt: it is a ModelFileError, before memory is taken."""

import io
import json
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import nn
from benchmarks.keras_records.files import FILES, sequential
from nn.saving import ModelFileError

LITTLE = 64 * 2**20  # bytes that refusing a small file may take; a model of its size takes less than 1 MB


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A good file."""
    sequential(nn).save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(path: Path, members: dict[str, bytes], kind: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(path, "w", kind) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def refused(path: Any, *told: str, load: Any = None) -> None:
    """The file gives the one kind of error, which says these words, and little memory is taken."""
    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError) as caught:
            (load or nn.models.load_model)(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < LITTLE
    for words in told:
        assert words in str(caught.value)


def with_config(path: Path, change: Any) -> None:
    members = parts(path)
    config = json.loads(members["config.json"])
    change(config)
    pack(path, {**members, "config.json": json.dumps(config).encode()})


def with_weights(path: Path, change: Any) -> None:
    members = parts(path)
    content = io.BytesIO(members["model.weights.h5"])
    with h5py.File(content, "r+") as file:
        change(file)
    pack(path, {**members, "model.weights.h5": content.getvalue()})


# Code


CODE = "4wEAAAAAAAAAAAAAAAIAAAADAAAA8wwAAACXAHwAZAF6BQAAUwA="  # as Keras marshals a function
LAMBDAS = [
    {"class_name": "__lambda__", "config": {"code": CODE, "defaults": None, "closure": None}},
    {"module": "builtins", "class_name": "function", "config": "exec", "registered_name": "function"},
    {"module": "os", "class_name": "function", "config": "system", "registered_name": "os>system"},
    "exec",
    CODE,
]


@pytest.mark.parametrize("function", LAMBDAS, ids=["code", "builtin", "module", "name", "marshalled"])
def test_functions_that_nobody_registered(saved, function):
    entry = {"module": "keras.layers", "class_name": "Lambda", "config": {"name": "f", "function": function}}
    with_config(saved, lambda config: config["config"]["layers"].append(entry))
    refused(saved)


@pytest.mark.parametrize(
    ("module", "name"),
    [("os", "system"), ("builtins", "eval"), ("subprocess", "Popen"), ("nn.layers", "__builtins__"),
     ("keras.layers", "Operation"), ("keras.src.ops.numpy", "Load"), ("importlib", "import_module"), (None, "Unknown")],
)  # fmt: skip
def test_classes_that_nobody_registered(saved, module, name):
    entry = {"module": module, "class_name": name, "config": {"name": "f"}, "registered_name": f"{module}.{name}"}
    with_config(saved, lambda config: config["config"]["layers"].append(entry))
    refused(saved, "not known here")


def test_a_lambda_is_not_saved_but_a_registered_function_is(tmp_path):
    def stack(function: Any) -> Any:
        return nn.Sequential([nn.Input(shape=(3,)), nn.layers.Lambda(function)])

    with pytest.raises(ValueError, match="files hold no code"):
        stack(lambda x: 2 * x).save(tmp_path / "model.keras")
    assert not list(tmp_path.iterdir())

    def doubled(x: Any) -> Any:
        return 2 * x

    stack(doubled).save(tmp_path / "model.keras")
    refused(tmp_path / "model.keras", "'doubled'", "register")
    again = nn.models.load_model(tmp_path / "model.keras", custom_objects={"doubled": doubled})
    np.testing.assert_array_equal(again.predict(np.ones((1, 3)), verbose=0), [[2, 2, 2]])


# Archives


@pytest.mark.parametrize("name", ["../config.json", "/config.json", "a/../../b", "C:/x", "..\\x"])
def test_names_that_lead_out_of_the_archive(saved, name, tmp_path):
    pack(saved, {**parts(saved), name: b"{}"})
    refused(saved, "outside")
    assert [each.name for each in tmp_path.iterdir()] == ["model.keras"]


def test_members_that_unpack_to_much_more_than_the_archive(saved):
    bomb = b" " * (80 * 2**20)
    members = parts(saved)
    pack(saved, {**members, "config.json": bomb}, zipfile.ZIP_DEFLATED)
    assert saved.stat().st_size < 2**20
    refused(saved, "config.json", "bytes")
    pack(saved, {**members, "model.weights.h5": bomb}, zipfile.ZIP_DEFLATED)
    refused(saved, "model.weights.h5", "bytes")


def test_a_size_that_is_not_true(saved):
    content = bytearray(saved.read_bytes())
    at = content.rindex(b"PK\x01\x02")  # of the last member in the directory
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")
    saved.write_bytes(content)
    refused(saved)


def test_a_member_that_is_missing_or_there_twice(saved):
    members = parts(saved)
    pack(saved, {name: each for name, each in members.items() if name != "config.json"})
    refused(saved, "there is no 'config.json'")
    pack(saved, members)
    with zipfile.ZipFile(saved, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("config.json", "{}")
    refused(saved, "twice")


@pytest.mark.parametrize("config", [b"", b"{", b"[]", b"null", b"7", b'{"class_name": 3}', b"[" * 100_000, b"\xff\xfe"])
def test_texts_that_are_no_model(saved, config):
    pack(saved, {**parts(saved), "config.json": config})
    refused(saved)
    if config != b"\xff\xfe":
        refused(config.decode(), load=nn.models.model_from_json)


# HDF5


def kernel(file: Any) -> Any:
    return file["layers/dense/vars"]


def soft(file: Any) -> None:
    del kernel(file)["0"]
    kernel(file)["0"] = h5py.SoftLink("/layers/dense/vars/1")


def external(file: Any) -> None:
    del kernel(file)["0"]
    kernel(file)["0"] = h5py.ExternalLink("/etc/passwd", "/")


def external_group(file: Any) -> None:
    del file["layers"]
    file["layers"] = h5py.ExternalLink("other.h5", "/layers")


def elsewhere(file: Any) -> None:
    del kernel(file)["0"]
    kernel(file).create_dataset("0", (3, 4), "f4", external=[("/etc/passwd", 0, 48)])


def packed(file: Any) -> None:
    del kernel(file)["0"]
    kernel(file).create_dataset("0", (3, 4), "f4", compression="gzip", data=np.ones((3, 4)))


def absent(file: Any) -> None:
    del kernel(file)["0"]
    kernel(file).create_dataset("0", (3, 4), "f4")


def huge(file: Any) -> None:
    del kernel(file)["0"]
    kernel(file).create_dataset("0", (2**20, 2**20), "f4")


def words(file: Any) -> None:
    del kernel(file)["0"]
    kernel(file).create_dataset("0", data=np.full((3, 4), "x", dtype=h5py.string_dtype()))


def virtual(file: Any) -> None:
    del kernel(file)["0"]
    layout = h5py.VirtualLayout((3, 4), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (3, 4))
    kernel(file).create_virtual_dataset("0", layout)


def a_group(file: Any) -> None:
    del kernel(file)["0"]
    kernel(file).create_group("0")


def missing(file: Any) -> None:
    del kernel(file)["0"]


def in_a_circle(file: Any) -> None:
    del file["layers/dense"]
    file["layers/dense"] = file["layers"]


HARM = {
    soft: "link", external: "link", external_group: "link", elsewhere: "another file", packed: "packed",
    absent: "not all there", huge: "shape", words: "numbers", virtual: "another file", a_group: "no data set",
    missing: "1 for it", in_a_circle: "weights",
}  # fmt: skip


@pytest.mark.parametrize("harm", HARM, ids=lambda each: each.__name__)
def test_hdf5_that_is_not_plain(saved, harm, monkeypatch):
    monkeypatch.chdir(saved.parent)
    with_weights(saved, harm)
    refused(saved, HARM[harm])
    model = sequential(nn)
    before = model.get_weights()
    refused(saved, HARM[harm], load=model.load_weights)
    for one, two in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, two)  # all or nothing


@pytest.mark.parametrize("length", [0, 8, 2**40])
def test_a_heap_of_texts_that_hdf5_would_read_for_ever(saved, length):
    content = bytearray(parts(saved)["model.weights.h5"])
    at = content.index(b"GCOL") + 16
    while content[at : at + 2] != b"\0\0":  # to the free part at the end
        at += 16 + -(-int.from_bytes(content[at + 8 : at + 16], "little") // 8) * 8
    content[at + 8 : at + 16] = length.to_bytes(8, "little")
    pack(saved, {**parts(saved), "model.weights.h5": bytes(content)})
    refused(saved, "part of a heap")


# Dimensions


def settings(config: Any, name: str) -> dict[str, Any]:
    return next(each["config"] for each in config["config"]["layers"] if each["class_name"] == name)


@pytest.mark.parametrize("units", [10**6, 10**9, 2**31, 10**30, -1, 0.5, "many", None, [4]])
def test_absurd_numbers_of_units(saved, units):
    with_config(saved, lambda config: settings(config, "Dense").update(units=units))
    refused(saved)


@pytest.mark.parametrize(
    "shape", [[None, 10**9], [10**9, 3], [None, 10**5, 10**5], [None, -3], [None, 2**40], ["x"], 3]
)
def test_absurd_shapes_of_inputs(saved, shape):
    with_config(saved, lambda config: settings(config, "InputLayer").update(batch_shape=shape))
    refused(saved)


GROWING = [
    {"class_name": "RepeatVector", "config": {"n": 10**9}},
    {"class_name": "Embedding", "config": {"input_dim": 10**9, "output_dim": 10**3}},
    {"class_name": "Reshape", "config": {"target_shape": [10**9, 10**9]}},
    {"class_name": "Dense", "config": {"units": 10**9}},
]


@pytest.mark.parametrize("entry", GROWING, ids=lambda each: each["class_name"])
def test_layers_that_would_take_all_memory(entry):
    stack = {"layers": [{"class_name": "InputLayer", "config": {"batch_shape": [None, 8]}}, entry], "name": "x"}
    text = json.dumps({"class_name": "Sequential", "config": stack})
    refused(text, load=nn.models.model_from_json)


def test_metrics_that_would_take_all_memory(saved):
    metric = {"module": "keras.metrics", "class_name": "MeanIoU", "config": {"num_classes": 10**6}}
    with_config(saved, lambda config: config["compile_config"].update(metrics=[metric]))
    refused(saved, "bytes")


def test_calls_that_wait_for_each_other():
    def node(name: str) -> list[Any]:
        return [{"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}], "kwargs": {}}]

    layers = [{"class_name": "InputLayer", "name": "x", "config": {"batch_shape": [None, 2], "name": "x"}}]
    for name, other in (("a", "b"), ("b", "a")):
        layers.append({"class_name": "Dense", "name": name, "config": {"units": 1}, "inbound_nodes": node(other)})
    graph = {"name": "g", "layers": layers, "input_layers": [["x", 0, 0]], "output_layers": [["a", 0, 0]]}
    refused(json.dumps({"class_name": "Functional", "config": graph}), "never come", load=nn.models.model_from_json)


# Other formats


YAML = [
    "!!python/object/apply:os.system ['true']",
    "a: &a [1]\nb: *a",
    "class_name: Sequential\nconfig: !!python/name:os.system",
    "- [",
    "class_name: 7",
    "!!binary x",
]


@pytest.mark.parametrize("text", YAML)
def test_yaml_that_is_more_than_data(text):
    refused(text, load=nn.models.model_from_yaml)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"\x89HDF\r\n\x1a\n", b"nothing of this kind", b"PK\x05\x06" + bytes(18)]
)
@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_files_of_another_kind(tmp_path, content, ending):
    (tmp_path / f"x.{ending}").write_bytes(content)
    refused(tmp_path / f"x.{ending}", f"x.{ending}")


def test_a_file_with_weights_only_says_what_to_do():
    refused(FILES / "graph.weights.h5", "load_weights")


def test_a_folder_and_a_file_that_is_not_there(tmp_path):
    refused(tmp_path, "SavedModel")
    with pytest.raises(FileNotFoundError, match="there is no file"):
        nn.models.load_model(tmp_path / "x.keras")


def test_a_share_of_the_fuzzer():
    """Nothing runs and no other file is opened, either; the long run is `python -m tests.nn.saving.fuzz`."""
    command = [sys.executable, "-m", "tests.nn.saving.fuzz", "--inputs", "70", "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "70 of 70 inputs, 0 wrong" in done.stdout
