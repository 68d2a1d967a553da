"""The bar and the lines of a run: in a terminal, in a notebook, in a file."""

import io
import re
import sys

import numpy as np
import pytest

from nn import callbacks
from nn.callbacks import progress

from .small import line


class Terminal(io.StringIO):
    def isatty(self):
        return True


class OutStream(io.StringIO):
    """As a notebook's: no terminal, but goes back to the beginning of a line."""

    __module__ = "ipykernel.iostream"


def shown(monkeypatch, stream, **options):
    """What a run shows, with a look after every batch."""
    monkeypatch.setattr(progress, "_SECONDS", 0.0)
    monkeypatch.setattr(sys, "stdout", stream)
    model, x, y = line()
    getattr(model, options.pop("method", "fit"))(x, y, **options)
    return stream.getvalue()


def screen(text):
    """What is left on a screen, line by line."""
    lines = []
    for each in text.split("\n"):
        left = ""
        for part in each.split("\r"):
            left = part + left[len(part) :]
        lines.append(left)
    return lines


TIME = r"\d+s \d+(us|ms|s)/step"
NUMBER = r"\d\.\d{4}(e-\d\d)?"


def test_in_a_file_each_epoch_is_two_lines(monkeypatch):
    text = shown(monkeypatch, io.StringIO(), epochs=2, validation_split=0.5)
    assert "\r" not in text
    first, second, *rest = text.split("\n")
    assert first == "Epoch 1/2"
    assert re.fullmatch(
        rf"2/2 ━{{20}} {TIME} - loss: {NUMBER} - mae: {NUMBER} - val_loss: {NUMBER} - val_mae: {NUMBER}", second
    )
    assert rest[0] == "Epoch 2/2"
    assert rest[2:] == [""]


@pytest.mark.parametrize("stream", [Terminal, OutStream])
def test_the_bar_moves_and_leaves_one_line(monkeypatch, stream):
    text = shown(monkeypatch, stream(), validation_split=0.1)
    assert text.count("\r") == 3
    assert "1/2 ━━━━━━━━━━──────────" in text
    (line, last) = screen(text)
    assert re.fullmatch(
        rf"2/2 ━{{20}} {TIME} - loss: {NUMBER} - mae: {NUMBER} - val_loss: {NUMBER} - val_mae: {NUMBER}", line.rstrip()
    )
    assert last == ""


def test_nothing_of_a_longer_line_remains(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(progress, "_SECONDS", 0.0)
    monkeypatch.setattr(sys, "stdout", stream)
    bar = callbacks.ProgbarLogger()
    bar.set_params({"verbose": 1, "epochs": 1, "steps": 2})
    bar.on_train_begin()
    bar.on_epoch_begin(0)
    bar.on_train_batch_end(0, {"loss": 1e-30, "a_long_name": 1e-30})
    bar.on_train_batch_end(1, {"loss": 1.0})
    assert screen(stream.getvalue())[0].rstrip().endswith("/step - loss: 1.0000")
    bar.on_train_batch_end(1, {"loss": 1.0, "a_long_name": 1e-30})
    bar.on_epoch_end(0, {"loss": 1.0})
    assert screen(stream.getvalue())[0].rstrip().endswith("/step - loss: 1.0000")


def test_moving_lines_are_no_wider_than_the_screen(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    text = shown(monkeypatch, Terminal(), validation_split=0.1)
    *moving, _ = text.split("\n")[0].split("\r")
    assert moving and all(len(each) < 40 for each in moving)
    assert "val_mae" in text


def test_verbose_2_is_a_line_without_a_bar(monkeypatch):
    text = shown(monkeypatch, Terminal(), epochs=1, verbose=2)
    assert re.fullmatch(rf"3/3 - \d+s - \d+(us|ms|s)/step - loss: {NUMBER} - mae: {NUMBER}\n", text)


def test_verbose_0_is_silent(monkeypatch):
    assert shown(monkeypatch, Terminal(), epochs=2, verbose=0) == ""


def test_auto_is_a_bar():
    bar = callbacks.ProgbarLogger()
    bar.set_params({"verbose": "auto", "steps": 1})
    assert bar._has_bar


def test_evaluate_shows_its_own_bar(monkeypatch):
    text = shown(monkeypatch, Terminal(), method="evaluate")
    assert re.fullmatch(rf"3/3 ━{{20}} {TIME} - loss: {NUMBER} - mae: {NUMBER}", screen(text)[0].rstrip())


def test_an_unknown_number_of_steps_is_known_at_the_end(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(progress, "_SECONDS", 0.0)
    monkeypatch.setattr(sys, "stdout", stream)
    model, x, y = line()
    model.fit(((x[:10], y[:10]) for _ in range(3)), epochs=1)
    text = stream.getvalue()
    assert "1/Unknown" in text
    assert screen(text)[0].startswith("3/3 ━━━━━━━━━━━━━━━━━━━━ ")


def test_a_run_that_stops_early_tells_how_far_it_came(monkeypatch):
    stop = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: setattr(model, "stop_training", True))
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    model, x, y = line()
    model.fit(x, y, callbacks=[stop])
    assert stream.getvalue().startswith("1/3 ━━━━━━━─────────────")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0s"), (59, "59s"), (61, "1:01"), (600, "10:00"), (3607, "1:00:07")]
)
def test_times_to_wait(seconds, text):
    assert progress._clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(4e-6, "4us"), (9.89e-4, "989us"), (0.002, "2ms"), (0.9994, "999ms"), (3, "3s")]
)
def test_times_of_a_step(seconds, text):
    assert progress._duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.7229, "0.7229"), (0.001, "1.0000e-03"), (1e-7, "1.0000e-07"), (0.0, "0.0000e+00"), (12.0, "12.0000"),
     (float("nan"), "nan"), (-3.5, "-3.5000"), (np.array([1.5, 2.0]), "[1.5 2. ]")],
)  # fmt: skip
def test_numbers_have_four_digits(value, text):
    assert progress._short(value) == text
