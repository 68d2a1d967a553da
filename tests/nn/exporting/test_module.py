"""Models as modules of NumPy: they predict the same, for any number of rows, where nn is not installed."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import autodiff as ad
import nn
from autodiff.tree import leaves
from nn.exporting.inference import Inference
from nn.exporting.rows import for_any_rows

from .models import MODELS, Subclassed

L = nn.layers


def loaded(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", MODELS)
def test_a_module_predicts_what_its_model_does(name, tmp_path):
    nn.set_random_seed(1)
    model = MODELS[name]()
    model.export(tmp_path / "net.py")
    module, inference = loaded(tmp_path / "net.py"), Inference(model)
    for rows in (1, 3, 40):
        arrays = inference.examples(rows)
        found = module.predict(*arrays)
        expected = model.predict(arrays[0] if len(arrays) == 1 else arrays, batch_size=rows, verbose=0)
        assert type(found) is type(expected)
        assert list(found) == list(expected) if isinstance(found, dict) else True
        for mine, theirs in zip(leaves(found), leaves(expected), strict=True):
            assert mine.dtype == theirs.dtype
            np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-6)


def test_it_needs_numpy_only(tmp_path):
    model = MODELS["classifier"]()
    model.export(tmp_path / "net.py")
    x = np.random.default_rng(0).random((3, 28, 28))
    np.save(tmp_path / "x.npy", x)
    program = (
        "import sys, numpy as np\n"
        "class Nothing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in ('nn', 'autodiff', 'graphviz'): raise ImportError(name)\n"
        "sys.meta_path.insert(0, Nothing())\n"
        "import net\n"
        "np.save('y.npy', net.predict(np.load('x.npy')))\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, timeout=60)
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), model.predict(x, verbose=0), rtol=1e-5, atol=1e-6)


def test_weights_are_those_of_the_time(tmp_path):
    model = nn.Sequential([nn.Input((2,)), L.Dense(1, name="last")])
    model.export(tmp_path / "net.py")
    x = np.ones((4, 2), np.float32)
    before = model.predict(x, verbose=0)
    model.set_weights([w + 1 for w in model.get_weights()])
    np.testing.assert_array_equal(loaded(tmp_path / "net.py").predict(x), before)
    with np.load(tmp_path / "net.npz", allow_pickle=False) as held:
        assert {name: each.shape for name, each in held.items()} == {"last_kernel": (2, 1), "last_bias": (1,)}


def test_it_reads_like_the_lecture(tmp_path):
    nn.utils.clear_session()
    model = nn.Sequential([nn.Input((2,)), L.Dense(3, activation="tanh", name="hidden")])
    model.export(tmp_path / "net.py")
    text = (tmp_path / "net.py").read_text()
    assert "model 'sequential' predicts: predict(x), for x as float32 of shape (rows, 2)." in text.splitlines()[0]
    assert "    hidden_tanh = np.tanh(x.dot(hidden_kernel) + hidden_bias)  " in text


def test_a_subclassed_model_needs_the_shape_of_its_inputs(tmp_path):
    model = Subclassed()
    model.predict(np.ones((2, 3)), verbose=0)
    with pytest.raises(ValueError, match="input_signature"):
        model.export(tmp_path / "net.py")
    x = np.random.default_rng(0).random((5, 3)).astype(np.float32)
    for i, signature in enumerate([nn.Input((3,)), x]):
        model.export(tmp_path / f"net_{i}.py", input_signature=signature)
        np.testing.assert_allclose(loaded(tmp_path / f"net_{i}.py").predict(x), model.predict(x, verbose=0), rtol=1e-5)


def test_what_cannot_be_exported_says_so(tmp_path):
    model = MODELS["shapes"]()
    with pytest.raises(ValueError, match=r"ends in \.py"):
        model.export(tmp_path / "net.pt")
    with pytest.raises(ValueError, match="no name of a module"):
        model.export(tmp_path / "my-net.py")
    open_size = nn.Sequential([nn.Input((None, 3)), L.Dense(2)])
    with pytest.raises(ValueError, match=r"\(None, None, 3\)"):
        open_size.export(tmp_path / "net.py")
    with pytest.raises(TypeError, match=r"expected nn\.Input"):
        model.export(tmp_path / "net.py", input_signature=[12])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("function", [
    lambda x: x * 2 if x.shape[0] > 3 else x, lambda x: np.concatenate([x, x])[: x.shape[0] ** 2],
])  # fmt: skip
def test_a_program_that_differs_with_the_rows_is_refused(function, tmp_path):
    model = nn.Sequential([nn.Input((2,)), L.Lambda(function)])
    with pytest.raises(ValueError, match="rows"):
        model.export(tmp_path / "net.py")
    assert list(tmp_path.iterdir()) == []


def test_a_function_that_is_more_than_its_text_is_refused(tmp_path):
    factor = {"of": 2}

    @ad.custom(lambda g: g * factor["of"])
    def own(x):
        return x * factor["of"]

    model = nn.Sequential([nn.Input((2,)), L.Lambda(lambda x: own(x))])
    with pytest.raises(TypeError, match="own text"):
        model.export(tmp_path / "net.py")


@pytest.mark.parametrize(("few", "many", "any_rows"), [
    ("f(5)", "f(7)", "f(rows)"), ("f(10, 3)", "f(14, 3)", "f(2 * rows, 3)"), ("x_5 = 5.0", "x_5 = 5.0", "x_5 = 5.0"),
    ("f(4)", "f(6)", "f(rows - 1)"), ("f(5)", "f(8)", None), ("f(7)", "f(5)", None), ("f(5)", "g(7)", None),
    ("x = 5.5 + 1e5", "x = 5.5 + 1e5", "x = 5.5 + 1e5"), ("x = 0.2", "x = 0.14", None), ("-5", "-7", "-rows"),
])  # fmt: skip
def test_numbers_of_rows(few, many, any_rows):
    assert for_any_rows(few, many) == any_rows
