"""Kernels for Numba: programs compute what NumPy's do, to the bit where that is arithmetic, and are compiled once."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autodiff as ad
from autodiff.compiler import passes
from autodiff.compiler.kernels import formulas, fusion, pieces, storage, usable

from .comparing import array_of, same
from .test_training import state_of

numba = pytest.importorskip("numba")


@pytest.fixture(autouse=True)
def _sums_stay_sums(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.delitem(passes.REORDERING, "sums as products", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "kernels"))


def agree(function: Callable[..., Any], *args: Any, exact: bool = False) -> ad.compiler.Compiled:
    """Compile a function for Numba and for NumPy: both give what the function gives."""
    with np.errstate(all="ignore"):
        expected = function(*args)
        step = ad.compile(function, backend="numba")
        for got in (step(*args), step(*args)):
            same(got, expected, exact=False)
        if exact:
            same(step(*args), ad.compile(function)(*args), exact=True)
    return step


def kernels(step: ad.compiler.Compiled) -> int:
    return step.source.count("def kernel")


# Elements

OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide, "maximum": np.maximum,
    "minimum": np.minimum, "fmax": np.fmax, "copysign": np.copysign, "where": lambda x, y: np.where(x > y, x, y),
    "negative": lambda x, y: -x, "square": lambda x, y: np.square(y), "sqrt": lambda x, y: np.sqrt(np.abs(x)),
    "halved": lambda x, y: 0.5 * x, "both": lambda x, y: (x < y) & ~(y == 2), "rint": lambda x, y: np.rint(x),
    "row": lambda x, y: np.sum(x, axis=-1, keepdims=True) if x.ndim else x,
    "column": lambda x, y: np.sum(x, axis=0, keepdims=True) if x.ndim else x,
    "total": lambda x, y: np.sum(x), "greatest": lambda x, y: np.max(x, axis=-1, keepdims=True) if x.ndim else x,
    "mean": lambda x, y: x - np.mean(x, axis=-1, keepdims=True) if x.ndim else x,
}  # fmt: skip
DTYPES = [np.float32, np.float64, np.int64, np.bool_]
SIDES = st.sampled_from([1, 2, 5, 40])


@st.composite
def arguments(draw: st.DrawFn) -> list[np.ndarray]:
    """Arrays that broadcast, of some dtypes, in various orders of memory."""
    full = draw(st.one_of(st.lists(SIDES, max_size=3), st.just([0, 3])))
    rng = np.random.default_rng(draw(st.integers(0, 100)))
    made = []
    for _ in range(draw(st.integers(1, 3))):
        shape = [1 if draw(st.integers(0, 3)) == 0 else side for side in full[draw(st.integers(0, len(full))) :]]
        array = np.asarray(rng.standard_normal(shape)).astype(draw(st.sampled_from(DTYPES)))
        made.append(draw(st.sampled_from([array, array.T.copy().T, np.stack([array, array], -1)[..., 0]])))
    return made


@given(arguments(), st.lists(st.tuples(st.sampled_from(sorted(OPERATIONS)), st.integers(0, 9), st.integers(0, 9))))
def test_any_chain(args: list[np.ndarray], steps: list[tuple[str, int, int]]) -> None:
    def program(*args: Any) -> Any:
        values = [each + 0.0 if each.dtype.kind in "ib" else each for each in args]
        for name, first, second in steps:
            made = OPERATIONS[name](values[first % len(values)], values[second % len(values)])
            values.append(made.astype(np.float32) if made.dtype == bool else made)
        return values[-1], values[len(values) // 2]

    if not all(each.size for each in args):
        steps = [each for each in steps if each[0] not in ("greatest", "mean")]
    agree(program, *args)


ARITHMETIC = [name for name in OPERATIONS if name not in ("row", "column", "total", "mean")]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_arithmetic_comes_out_in_the_same_bits(dtype: Any) -> None:
    """Nothing is contracted or reordered, and numbers have the dtype of the arrays."""
    rng = np.random.default_rng(0)
    x, y, row = (rng.standard_normal(shape).astype(dtype) for shape in ((37, 50), (37, 50), (50,)))

    def program(x: Any, y: Any, row: Any) -> Any:
        product = x * x - y * y + (0.1 * x - row) / (3 * y + row)
        return np.maximum(np.sqrt(np.abs(product)) / (x + 1e-7), -row), product - 1.0 / 3

    step = agree(program, x, y, row, exact=True)
    assert kernels(step) == 1


EDGES = [np.nan, np.inf, -np.inf, -0.0, 0.0, 1.0, -2.5, 0.5, 1e-40, 3e38]
NOT_BY_NAME = {"where", "identity", "scale", "ratio"}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("table", ["_ARITHMETIC", "_FLOATS_ONLY", "_COMPARISONS", "_CALLS"])
def test_formulas_at_the_edges(table: str, dtype: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each formula gives what NumPy gives, for all pairs of values that are special."""
    monkeypatch.setattr(fusion, "CALL", np.inf)
    names = [name for name in getattr(formulas, table) if name not in NOT_BY_NAME]
    x, y = (np.ascontiguousarray(each, dtype) for each in np.meshgrid(EDGES, EDGES))

    def program(x: Any, y: Any) -> Any:
        made = [getattr(np, name)(*(x, y)[: getattr(np, name).nin if hasattr(getattr(np, name), "nin") else 1])
                for name in names]  # fmt: skip
        return [np.logical_not(each) if each.dtype == bool else -each for each in made]

    step = agree(program, x, y, exact=table not in ("_CALLS",))
    assert kernels(step) == 1


def test_products_with_a_gradient_of_zero() -> None:
    """0 wins over an infinite factor, as in eager gradients."""
    x = np.array([[0.0, -0.0, np.inf, 4.0, 1e-300]] * 2)
    agree(lambda x: ad.grad(lambda x: np.sum(np.where(x > 1, np.sqrt(x) + np.exp(x) * np.log(x), 0)))(x) * 2, x)


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint8, np.bool_, np.float16])
def test_dtypes_that_numba_computes_otherwise_stay_with_numpy(dtype: Any) -> None:
    x = np.array([[1, 2, 120], [0, 100, 3]]).astype(dtype)

    def program(x: Any) -> Any:
        return x + x, x * x + x, x == 1, np.where(x > x[0], x, x * x), x * 0.5 + 1, -(x * np.float32(3))

    with np.errstate(all="ignore"):
        agree(program if dtype != np.bool_ else lambda x: (x + x, x * x | ~x, x ^ x[0], x * 0.5 + 1), x)


# Sums


SUMS: dict[str, Callable[..., Any]] = {
    "rows": lambda x: np.sum(x * 2, axis=-1) + 1,
    "rows kept": lambda x: x - np.mean(x * 2, axis=-1, keepdims=True),
    "columns": lambda x: np.sum(x * 2, axis=0),
    "columns kept": lambda x: x * np.sum(x + 1, axis=0, keepdims=True),
    "all": lambda x: np.sqrt(np.sum(x * x) / 3),
    "all kept": lambda x: x / np.sum(x, keepdims=True),
    "greatest": lambda x: (x - np.max(x, axis=-1, keepdims=True), np.min(x, axis=-1) + 1),
    "softmax": lambda x: ad.softmax(x, axis=-1),
    "two sums": lambda x: (np.sum(x + 1, axis=-1), np.sum(x * 3, axis=0), np.sum(x - 2)),
    "middle": lambda x: np.sum(x + 1, axis=x.ndim // 2) * 2,
}


@pytest.mark.parametrize("name", SUMS)
@pytest.mark.parametrize("shape", [(7,), (4, 50), (3, 5, 4)])
def test_sums(name: str, shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).standard_normal(shape)
    agree(SUMS[name], x.astype(np.float32))


@pytest.mark.parametrize("shape", [(1, 6), (6, 1), (33, 2)])
def test_all_sums_together(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).standard_normal(shape)
    agree(lambda x: [each(x) for each in SUMS.values()], x)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
def test_sums_of_nothing(shape: tuple[int, ...]) -> None:
    agree(lambda x: (np.sum(x + 1, axis=-1), np.sum(x + 1, axis=0) * 2, np.sum(x * 2), x * 2 + 1), np.ones(shape))


def test_what_is_no_number_comes_through_sums_and_maxima() -> None:
    x = np.array([[1.0, np.nan, 3.0], [np.inf, -np.inf, 0.0], [np.inf, 1.0, 2.0], [-np.inf, -np.inf, -np.inf]])
    agree(lambda x: (np.sum(x * 2, axis=1), np.max(x * 2, axis=1), np.min(x + 1, axis=1), np.sum(x * 3, axis=0)), x)


def test_long_sums_of_float32_are_accurate() -> None:
    """They are collected in float64."""
    x = np.full(10**6, 0.1, np.float32)
    step = ad.compile(lambda x: np.sum(x * 1.0), backend="numba")
    exact = float(np.float64(x[0]) * 10**6)
    step(x)
    assert abs(float(step(x)) - exact) <= 1e-7 * exact


def test_rows_are_gone_through_in_one_kernel() -> None:
    """Normalized rows need two sums and what follows from them."""
    x = np.random.default_rng(0).standard_normal((5, 40)).astype(np.float32)
    gain = np.random.default_rng(1).standard_normal(40).astype(np.float32)

    def normalized(x: Any, gain: Any) -> Any:
        centred = x - np.mean(x, axis=-1, keepdims=True)
        return gain * centred / np.sqrt(np.mean(centred**2, axis=-1, keepdims=True) + 1e-5)

    step = agree(normalized, x, gain)
    assert kernels(step) == 1
    assert "np.empty" not in step.source.partition("def normalized")[0]


# Training


SHAPES = {"W1": (6, 40), "b1": (40,), "W2": (40, 3), "b2": (3,)}


def network() -> list[Any]:
    rng = np.random.default_rng(0)
    return [
        ad.tensor((rng.standard_normal(shape) / 3).astype(np.float32), requires_grad=True, name=name)
        for name, shape in SHAPES.items()
    ]


def loss_of(weights: list[Any], x: Any, labels: Any) -> Any:
    W1, b1, W2, b2 = weights
    return np.mean(ad.cross_entropy(ad.relu(x @ W1 + b1) @ W2 + b2, labels))


def sgd() -> tuple[Callable[..., Any], list[Any]]:
    weights = network()

    def step(x: Any, labels: Any) -> Any:
        loss = loss_of(weights, x, labels)
        loss.backward()
        for w in weights:
            w.data -= 0.1 * w.grad
            w.grad = None
        return loss

    return step, weights


def adam() -> tuple[Callable[..., Any], list[Any]]:
    weights = network()
    ms, vs = ([ad.tensor(np.zeros_like(w.numpy())) for w in weights] for _ in range(2))
    time = ad.tensor(np.float32(0))

    def step(x: Any, labels: Any) -> Any:
        loss = loss_of(weights, x, labels)
        loss.backward()
        time.data = time.data + 1
        rate = 0.01 * np.sqrt(1 - 0.999**time.data) / (1 - 0.9**time.data)
        for w, m, v in zip(weights, ms, vs, strict=True):
            m.data = 0.9 * m.data + 0.1 * w.grad
            v.data = 0.999 * v.data + 0.001 * w.grad**2
            w.data -= rate * m.data / (np.sqrt(v.data) + 1e-7)
            w.grad = None
        return loss

    return step, [*weights, *ms, *vs, time]


@pytest.mark.parametrize("make", [sgd, adam])
def test_training(make: Callable[[], tuple[Callable[..., Any], list[Any]]]) -> None:
    """Steps in a row leave what eager steps leave, in the same arrays."""
    rng = np.random.default_rng(1)
    x, labels = rng.standard_normal((8, 6)).astype(np.float32), rng.integers(3, size=8)
    eager, there = make()
    function, here = make()
    step = ad.compile(function, backend="numba")
    arrays = []
    for _ in range(4):
        same(step(x, labels), eager(x, labels), exact=False)
        same([state_of(each) for each in here], [state_of(each) for each in there], exact=False)
        arrays.append([id(array_of(each)) for each in here])
    assert arrays[1] == arrays[2] == arrays[3]
    assert all(each.dtype == np.float32 for each in here)


def test_the_update_of_adam_is_one_kernel_for_all_matrices() -> None:
    """And one for all biases; rows of three need another loop than rows of forty."""
    function, _ = adam()
    step = ad.compile(function, backend="numba")
    step(np.ones((8, 6), np.float32), np.zeros(8, int))
    called = {
        name: re.findall(rf"^    (kernel\w*)\(.*\b{name}\b.*\)", step.source, re.MULTILINE)[-1] for name in SHAPES
    }
    assert called["b1"] == called["b2"]
    assert len(set(called.values())) == 3


def variables(make: Callable[[list[Any]], Callable[[], Any]], *shapes: tuple[int, ...]) -> Any:
    """A step that assigns to variables of these shapes, run eagerly, on NumPy and with kernels, which it returns."""
    rng = np.random.default_rng(0)
    values = [rng.standard_normal(shape) for shape in shapes]
    worlds = [[ad.tensor(each) for each in values] for _ in range(3)]
    eager, *compiled = make(worlds[0]), ad.compile(make(worlds[1])), ad.compile(make(worlds[2]), backend="numba")
    for _ in range(3):
        expected = eager()
        for step, world in zip(compiled, worlds[1:], strict=True):
            same(step(), expected, exact=False)
            same([state_of(each) for each in world], [state_of(each) for each in worlds[0]], exact=False)
    return compiled[1]


def test_a_variable_that_is_read_elsewhere_in_the_same_loop() -> None:
    """What is read at other places than it is written cannot be written in place."""

    def make(ws: list[Any]) -> Callable[[], Any]:
        def step() -> Any:
            (w,) = ws
            w.data = 0.5 * w.data + 0.25 * w.data.T - w.data[0]
            return w.data + 1

        return step

    variables(make, (40, 40))


def test_a_variable_whose_old_value_is_needed_later() -> None:
    """The new value waits, and its memory is not given to another result."""

    def make(ws: list[Any]) -> Callable[[], Any]:
        def step() -> Any:
            w, v = ws
            old = w.data
            w.data = 0.5 * old + np.tanh(v.data)
            product = np.tanh(old @ v.data) * 0.5 + 1
            return np.tanh(product @ old), np.sum(old * 2, axis=0)

        return step

    variables(make, (70, 70), (70, 70))


def test_variables_that_change_places() -> None:
    def make(ws: list[Any]) -> Callable[[], Any]:
        def step() -> Any:
            w, v, n = ws
            w.data, v.data = v.data * 0.5 + n.data, w.data * 2 - n.data
            n.data = n.data + 1
            return w.data * n.data + v.data

        return step

    variables(make, (3, 4), (3, 4), ())


TILED: dict[str, tuple[int, Callable[..., Any]]] = {
    "into a variable": (1, lambda g, w, v, row: [0.5 * w - 0.1 * g, v]),
    "into two": (1, lambda g, w, v, row: [w - 0.1 * g / (row + 2), 0.9 * v + g**2]),
    "of a variable that changes": (1, lambda g, w, v, row: [w - 0.1 * (w @ v[:20]), v * g]),
    "that is needed otherwise": (0, lambda g, w, v, row: [w - 0.1 * g, v + g[::-1]]),
    "whose rows are summed": (0, lambda g, w, v, row: [w - np.sum(0.1 * g, axis=-1, keepdims=True), v]),
}


@pytest.mark.parametrize("name", TILED)
def test_products_that_are_computed_a_few_rows_at_a_time(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "LARGE", 1)
    monkeypatch.setattr(pieces, "SMALL", 2**13)
    count, update = TILED[name]
    rng = np.random.default_rng(0)
    x, d = (ad.tensor(rng.standard_normal((6, side))) for side in (150, 20))

    def make(ws: list[Any]) -> Callable[[], Any]:
        def step() -> Any:
            w, v, row = ws
            w.data, v.data = update(x.T @ d, w.data, v.data, row.data)
            return row.data + 1

        return step

    step = variables(make, (150, 20), (150, 20), (20,))
    assert step.source.count("for rows in") == count


def test_draws_keep_their_order() -> None:
    """Kernels move equations, but a generator is asked in the order of the function."""

    def noisy(x: Any, rng: np.random.Generator) -> Any:
        first = np.tanh(x * 2 + rng.normal(size=x.shape))
        second = rng.random(x.shape) < 0.5
        return np.where(second, first * 2, 0) + rng.normal(size=x.shape)

    x = np.ones((30, 5))
    step = ad.compile(noisy, backend="numba")
    eager, compiled = np.random.default_rng(0), np.random.default_rng(0)
    for _ in range(3):
        same(step(x, compiled), noisy(x, eager), exact=False)
    assert eager.random() == compiled.random()


# The text


def test_kernels_are_the_same_for_all_batch_sizes() -> None:
    def layer(x: Any, b: Any) -> Any:
        return np.maximum(x + b, 0) * 2

    step = ad.compile(layer, backend="numba")
    before = None
    for batch in (40, 50, 60):
        x = np.ones((batch, 40))
        same(step(x, np.ones(40)), layer(x, np.ones(40)))
        before = before or len(storage._kernels)
    assert len(storage._kernels) == before


def test_the_program_runs_from_its_text(tmp_path: Path) -> None:
    """It is a module that needs NumPy and Numba, and each equation of a kernel is a line of it."""

    def layer(x: Any, W: Any, b: Any) -> Any:
        return np.mean(np.tanh(x @ W + b) ** 2)

    rng = np.random.default_rng(0)
    args = [rng.standard_normal(shape) for shape in ((4, 3), (3, 5), (5,))]
    step = ad.compile(layer, backend="numba")
    expected = step(*args)
    path = tmp_path / "exported.py"
    path.write_text(step.source)
    specification = importlib.util.spec_from_file_location("exported", path)
    exported = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(exported)
    np.testing.assert_allclose(exported.layer(*args), expected)
    assert "tanh_ij = np.tanh(add_ij)" in step.source


# Without Numba, and from process to process


def test_without_numba_there_is_one_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    usable.cache_clear()
    with pytest.warns(UserWarning, match=r'pip install "autodiff-nn\[fast\]"'):
        assert usable("numba") == "numpy"
    assert usable("numba") == "numpy"
    assert usable("numpy") == "numpy"
    usable.cache_clear()


def test_where_nothing_can_be_written_kernels_are_compiled_in_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(storage, "_kernels", {})
    monkeypatch.setattr(storage, "folder", lambda: tmp_path / "file" / "folder")
    agree(lambda x: x * 5 + 1, np.ones(4))
    assert not (tmp_path / "file").read_text()


PROCESS = """
import numpy as np, autodiff as ad
from autodiff.compiler.kernels import storage
step = ad.compile(lambda x: np.sum(x * 3 + 1, axis=0), backend="numba")
assert np.array_equal(step(np.ones((4, 40))), np.full(40, 16.0))
(kernel,) = storage._kernels.values()
print(sum(kernel.stats.cache_hits.values()), sum(kernel.stats.cache_misses.values()), sep=" ")
"""


def start(tmp_path: Path) -> subprocess.Popen[str]:
    environment = {"NUMBA_CACHE_DIR": str(tmp_path), "PATH": "", "HOME": str(tmp_path), "PYTHONHASHSEED": "0"}
    return subprocess.Popen([sys.executable, "-W", "error", "-c", PROCESS], env=environment, stdout=-1, text=True)


def hits_and_misses(process: subprocess.Popen[str]) -> list[int]:
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return [int(each) for each in out.split()]


def test_another_process_finds_what_was_compiled(tmp_path: Path) -> None:
    """Two at once do no harm; the next compiles nothing; damaged files are made again."""
    for process in [start(tmp_path), start(tmp_path)]:
        hits, misses = hits_and_misses(process)
        assert hits + misses == 1
    assert hits_and_misses(start(tmp_path)) == [1, 0]
    for path in tmp_path.rglob("*.nb?"):
        path.write_bytes(path.read_bytes()[:-20])
    for path in tmp_path.rglob("*.py"):
        path.write_text("nonsense(")
    assert hits_and_misses(start(tmp_path)) == [0, 1]
    assert hits_and_misses(start(tmp_path)) == [1, 0]
