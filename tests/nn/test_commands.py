"""The command line, as a person uses it."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

import nn
from nn.commands import main
from nn.commands.diff import differences

pytest.importorskip("h5py")
L = nn.layers


def made(seed=0, units=2):
    nn.utils.clear_session()
    nn.set_random_seed(seed)
    return nn.Sequential([nn.Input((2, 2)), L.Flatten(), L.Dense(units, "tanh", name="hidden")])


@pytest.fixture
def model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = made()
    model.save("net.keras")
    return model


def test_summary_prints_the_layers(model, capsys):
    assert main(["summary", "net.keras"]) == 0
    shown = capsys.readouterr().out
    assert "hidden (Dense)" in shown and "Total params: 10" in shown


def test_draw_writes_a_picture(model, capsys):
    assert main(["draw", "net.keras"]) == 0
    assert capsys.readouterr().out.strip() == "net.svg"
    with open("net.svg", encoding="utf-8") as file:
        assert "hidden" in file.read()


@pytest.mark.parametrize("head", ["", "a,b,c,d\n"])
def test_predict_reads_and_writes_tables(head, model, capsys, tmp_path):
    x = np.random.default_rng(0).normal(size=(40, 4)).round(3)
    (tmp_path / "x.csv").write_text(head + "\n".join(",".join(map(str, row)) for row in x) + "\n")
    np.save("x.npy", x.astype(np.float32))
    expected = model.predict(x.reshape(-1, 2, 2), verbose=0)
    assert main(["predict", "net.keras", "x.csv"]) == 0
    printed = np.loadtxt(capsys.readouterr().out.splitlines(), delimiter=",")
    np.testing.assert_allclose(printed, expected, rtol=1e-6)
    assert main(["predict", "net.keras", "x.npy", "-o", "y.npy", "--batch-size", "7"]) == 0
    np.testing.assert_allclose(np.load("y.npy"), expected, rtol=1e-6)
    assert main(["predict", "net.keras", "x.npy", "--output", "y.csv"]) == 0
    np.testing.assert_allclose(np.loadtxt("y.csv", delimiter=","), expected, rtol=1e-6)


@pytest.mark.parametrize(("table", "told"), [
    ("1,2,3\n", "3 columns, the model wants 4"), ("1,2,3,4\n1,2,x,4\n", "line 2: 'x' is no number"),
    ("1,2,3,4\n1,2,3\n", "line 2: 3 columns"), ("", "no rows"), ("a,b,c,d\n", "no rows"),
])  # fmt: skip
def test_tables_that_do_not_fit_are_told(table, told, model, capsys, tmp_path):
    (tmp_path / "x.csv").write_text(table)
    assert main(["predict", "net.keras", "x.csv"]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("output", ["other.keras", "other.h5"])
def test_convert_keeps_the_weights(output, model, capsys):
    assert main(["convert", "net.keras", output]) == 0
    assert main(["diff", "net.keras", output]) == 0
    assert capsys.readouterr().out == "all 2 weights are the same\n"


@pytest.mark.parametrize("output", ["w.weights.h5", "layers.json", "layers.yaml", "module.py"])
def test_convert_writes_parts(output, model):
    assert main(["convert", "net.keras", output]) == 0
    other = made(seed=5)
    if output.endswith(".h5"):
        other.load_weights(output)
        np.testing.assert_array_equal(other.get_weights()[0], model.get_weights()[0])
    elif output.endswith(".py"):
        assert os.path.exists("module.npz")
    else:
        read = nn.models.model_from_json if output.endswith("json") else nn.models.model_from_yaml
        with open(output, encoding="utf-8") as file:
            assert read(file.read()).get_config() == model.get_config()


def test_convert_does_not_write_over_a_file(model, capsys, tmp_path):
    (tmp_path / "there.h5").write_text("mine")
    assert main(["convert", "net.keras", "there.h5"]) == 2
    assert "--force" in capsys.readouterr().err and (tmp_path / "there.h5").read_text() == "mine"
    assert main(["convert", "net.keras", "there.h5", "--force"]) == 0
    assert main(["convert", "net.keras", "net.pt"]) == 2


def test_diff_tells_how_far_weights_are_apart(model, capsys):
    other = made()
    kernel, bias = other.get_weights()
    other.set_weights([kernel, bias + np.array([0.0, 0.25], np.float32)])
    other.save("other.keras")
    assert main(["diff", "net.keras", "other.keras"]) == 1
    assert capsys.readouterr().out == "hidden/bias (2,): 1 of 2 numbers differ, by at most 0.25\n"
    assert main(["diff", "net.keras", "other.keras", "--tolerance", "0.3"]) == 0


def test_diff_of_other_layers(model, capsys):
    made(units=3).save("other.keras")
    assert main(["diff", "net.keras", "other.keras"]) == 1
    assert "hidden/kernel: (4, 2) in the first, (4, 3) in the second" in capsys.readouterr().out


@pytest.mark.parametrize(("first", "second", "lines"), [
    ([np.nan], [np.nan], []), ([1.0], [np.nan], ["by at most 0, and some are not finite"]),
    ([np.inf], [np.inf], []), ([1.0, 2.0], [1.0, 4.0], ["1 of 2 numbers differ, by at most 2"]),
])  # fmt: skip
def test_differences_of_numbers(first, second, lines):
    found = list(differences({"w": np.array(first)}, {"w": np.array(second)}))
    assert len(found) == len(lines) and all(line in each for line, each in zip(lines, found, strict=True))


@pytest.mark.parametrize(("content", "told"), [(None, "nowhere.keras"), (b"not a model", "bad.keras")])
def test_files_that_are_no_models_are_told(content, told, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / told).write_bytes(content)
    assert main(["summary", told]) == 2
    assert told in capsys.readouterr().err


def test_it_runs_as_a_module(model):
    done = subprocess.run([sys.executable, "-m", "nn", "--help"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert all(name in done.stdout for name in ("summary", "draw", "predict", "convert", "diff"))
    assert subprocess.run([sys.executable, "-m", "nn"], capture_output=True, timeout=60).returncode == 2
