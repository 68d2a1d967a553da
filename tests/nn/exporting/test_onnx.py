"""Models as graphs of ONNX: onnxruntime predicts what they do, for any number of rows."""

from __future__ import annotations

import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autodiff as ad
import nn
from autodiff.domains import Sampler
from autodiff.primitive import REGISTRY
from autodiff.tree import leaves
from nn.exporting.inference import Inference
from nn.exporting.onnx import model_proto, proto_of
from nn.exporting.onnx_graph import Value
from nn.exporting.onnx_operations import OPERATIONS
from nn.exporting.rows import Size, common

from .models import MODELS, Subclassed

onnx = pytest.importorskip("onnx", reason="exporting to ONNX needs the package onnx")
runtime = pytest.importorskip("onnxruntime", reason="graphs of ONNX are checked with onnxruntime")

L = nn.layers


def session(graph):
    """A session of onnxruntime, of a file or of its bytes; it writes only errors."""
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    return runtime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def run(session, arrays):
    return session.run(None, dict(zip([each.name for each in session.get_inputs()], arrays, strict=True)))


def assert_predicts(graph, model, rtol=1e-5, atol=1e-6, signature=None):
    """Compare onnxruntime with the model for 1, 3 and 40 rows."""
    made, inference = session(graph), Inference(model, signature)
    for rows in (1, 3, 40):
        arrays = inference.examples(rows)
        expected = model.predict(arrays[0] if len(arrays) == 1 else arrays, batch_size=rows, verbose=0)
        for mine, theirs in zip(run(made, arrays), leaves(expected), strict=True):
            assert mine.dtype == theirs.dtype
            np.testing.assert_allclose(mine, theirs, rtol=rtol, atol=atol)


@pytest.mark.parametrize("name", MODELS)
def test_a_graph_predicts_what_its_model_does(name, tmp_path):
    nn.set_random_seed(1)
    model = MODELS[name]()
    model.export(tmp_path / "net.onnx")
    assert [each.name for each in tmp_path.iterdir()] == ["net.onnx"]
    assert_predicts(str(tmp_path / "net.onnx"), model)


def _double_rows(x):
    return np.concatenate([x, x[::-1]])[1:-1]


FUNCTIONS = {
    "waves": lambda x: np.sin(x) + np.cos(x) * np.arctan(x) - np.sinh(x) / np.cosh(x),
    "roots": lambda x: np.sqrt(np.abs(x)) + np.cbrt(x) + np.log1p(np.abs(x)) + np.exp2(x) + np.square(x),
    "powers": lambda x: x**3 + np.abs(x) ** 0.5 + 2.0**x,
    "remainders": lambda x: np.remainder(x, 0.3) + np.fmod(x, 0.3) + x // 0.3,
    "steps": lambda x: np.floor(x) + np.ceil(x) + np.rint(x) + np.trunc(x) + np.round(x, 2) + np.sign(x),
    "comparisons": lambda x: np.where((x > 0) & ~(x >= 1) | (x == 0), x, -x) + np.isfinite(x) * (x != 2),
    "moments": lambda x: (x - x.mean(axis=-1, keepdims=True)) / (np.std(x, axis=-1, keepdims=True) + 1),
    "reductions": lambda x: np.stack([x.sum(1), x.max(1), x.min(-1), np.linalg.norm(x, axis=1)], axis=1),
    "truth": lambda x: np.any(x > 1, axis=1) * 1.0 + np.all(x > 0, axis=1) * 2.0 + np.argmax(x, axis=1) * 3.0,
    "clips": lambda x: np.clip(x, -0.5, 0.5) + np.maximum(x, np.float32(0.1)) + np.minimum(0, x),
    "products": lambda x: np.einsum("ni,nj->nij", x, x) @ x[:, :, None] + np.cumsum(x, axis=1)[..., None],
    "columns": lambda x: np.concatenate([x[:, 1:3], x[:, ::-1], x[:, -1:], x[:, [0, 0]], x[:, 1][:, None]], axis=1),
    "places": lambda x: np.reshape(x, (-1, 2, 2))[:, [0, 1], [1, 0]] + np.reshape(x, (-1, 2, 2))[:, 0, [1, 1]],
    "a table of columns": lambda x: x[:, [[0, 1], [2, 0]], None] + x[:, :2][:, None, None],
    "a mask of columns": lambda x: x[:, np.array([True, False, True, True])],
    "whole numbers": lambda x: (x * 10).astype(np.int32) // 3 % 4 + 0.5,
    "softmax over rows": lambda x: ad.softmax(x, axis=0) + ad.softmax(x, axis=(0, 1)) + ad.log_softmax(x),
    "the share of each row": lambda x: x.sum(axis=0) / x.shape[0] + x,
    "ones for each row": lambda x: np.concatenate([x, np.ones((x.shape[0], 1), np.float32)], axis=1),
    "rows in pairs": lambda x: x.reshape(x.shape[0] * 2, 2) @ np.ones((2, 3), np.float32),
    "rows broadcast": lambda x: np.broadcast_to(x[:, None], (x.shape[0], 3, 4)) * x.sum(axis=0),
    "two sides of rows": lambda x: (x @ x.T).reshape(x.shape[0], x.shape[0], 1),
    "other rows": _double_rows,
    "all rows but one": lambda x: x[: x.shape[0] - 1] * x[x.shape[0] - 1],
    "the input itself": lambda x: x,
    "no input": lambda x: x * 0 + np.arange(4, dtype=np.float32),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_numpy(name, tmp_path):
    model = nn.Sequential([nn.Input((4,)), L.Lambda(FUNCTIONS[name])])
    model.export(tmp_path / "net.onnx")
    assert_predicts(str(tmp_path / "net.onnx"), model)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_each_operation_is_its_primitive(name):
    """On the samples that the primitive declares, by onnxruntime and by ONNX' own evaluator."""
    from onnx.reference import ReferenceEvaluator

    compared = 0
    for seed in range(40):
        arrays, params = REGISTRY[name].sample(Sampler(np.random.default_rng(seed)))
        arrays = [np.asarray(each, np.float32 if np.asarray(each).dtype.kind == "f" else None) for each in arrays]
        expected = np.asarray(REGISTRY[name].run(*arrays, **params))
        try:
            made = alone(REGISTRY[name], arrays, params)
        except TypeError as error:
            assert "which ONNX cannot express" in str(error)
            continue
        evaluated = ReferenceEvaluator(made).run(None, {f"x{i}": each for i, each in enumerate(arrays)})
        for (found,) in (evaluated, run(session(made.SerializeToString()), arrays)):
            assert found.dtype == expected.dtype
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
        compared += 1
        if compared == 6:
            return
    raise AssertionError(f"only {compared} of 40 samples can be expressed")


def alone(primitive, arrays, params):
    """One primitive as a graph."""
    step = ad.compile(lambda *xs: primitive(*xs, **params), check=False)
    step(*map(ad.tensor, arrays))
    program = step._program().report.stages[0].program
    made = proto_of(
        program, program, [Value(f"x{i}", x.dtype, x.shape) for i, x in enumerate(arrays)], ["y"], name="one"
    )
    onnx.checker.check_model(made, full_check=True)
    return made


FAR = np.array(
    [-np.inf, -1e4, -90, -20, -1, -1e-4, -1e-8, -1e-30, 0, 1e-30, 1e-8, 1e-4, 1, 20, 90, 1e4, np.inf, np.nan]
)


@pytest.mark.parametrize(
    "name", ["expm1", "log1p", "relu", "softplus", "tanh", "sign", "trunc", "isfinite", "isposinf"]
)
def test_far_out_and_near_nothing(name):
    """Where a formula would cancel or overflow."""
    x = (FAR if name != "log1p" else np.maximum(FAR, -1)).astype(np.float32)
    with np.errstate(all="ignore"):
        expected = REGISTRY[name].run(x)
        graph = alone(REGISTRY[name], [x], {}).SerializeToString()
    (found,) = run(session(graph), [x])
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-37)  # below lie denormal numbers


KINDS = {
    "dense": lambda rank: L.Dense(3, "gelu"),
    "reshape": lambda rank: L.Reshape((1, -1)),
    "flatten": lambda rank: L.Flatten(),
    "turn": lambda rank: L.Permute(tuple(range(rank, 0, -1))),
    "repeat": lambda rank: L.RepeatVector(2) if rank == 1 else L.Activation("tanh"),
    "norm": lambda rank: L.LayerNormalization(),
    "batch": lambda rank: L.BatchNormalization(),
    "prelu": lambda rank: L.PReLU(),
    "softmax": lambda rank: L.Softmax(axis=1),
    "drop": lambda rank: L.Dropout(0.5),
    "nest": lambda rank: nn.Sequential([L.Dense(2), L.Activation("silu")]),
}


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 7), min_size=1, max_size=3), st.lists(st.sampled_from(sorted(KINDS)), max_size=5))
def test_any_stack_of_layers(sides, kinds):
    model = nn.Sequential([nn.Input(tuple(sides))])
    for kind in kinds:
        model.add(KINDS[kind](len(model.output_shape) - 1))
    made = model_proto(Inference(model))
    onnx.checker.check_model(made, full_check=True)
    # Normalising few and nearly equal numbers divides rounding by a small spread.
    assert_predicts(made.SerializeToString(), model, rtol=1e-4, atol=1e-4)


def test_it_reads_like_the_model(tmp_path):
    nn.utils.clear_session()
    model = nn.Sequential(
        [
            nn.Input((2, 3), name="photo"),
            L.Flatten(),
            L.Dense(3, "tanh", name="hidden"),
            L.Dense(2, "softmax", name="digit"),
        ]
    )
    model.export(tmp_path / "net.onnx")
    made = onnx.load(tmp_path / "net.onnx")
    text = onnx.printer.to_text(made)
    assert "sequential (float[rows,2,3] photo) => (float[rows,2] digit)" in text
    assert "float[6,3] hidden_kernel" in text
    equations = [
        "flatten_reshape = Reshape (photo, numbers_minus_1_6)",
        "hidden_matmul = MatMul (flatten_reshape, hidden_kernel)",
        "hidden_add = Add (hidden_matmul, hidden_bias)",
        "hidden_tanh = Tanh (hidden_add)",
        "digit_matmul = MatMul (hidden_tanh, digit_kernel)",
        "digit_add = Add (digit_matmul, digit_bias)",
        "digit = Softmax <axis: int = -1> (digit_add)",
    ]
    places = [text.index(each) for each in equations]
    assert all(a < b for a, b in pairwise(places))
    assert [each.doc_string for each in made.graph.node][::6] == ["sequential/flatten", "sequential/digit"]
    assert [(each.domain, each.version) for each in made.opset_import] == [("", 18)]


def test_inputs_and_outputs_have_the_names_of_their_layers(tmp_path):
    MODELS["branches"]().export(tmp_path / "net.onnx")
    made = session(str(tmp_path / "net.onnx"))
    assert [(each.name, each.shape) for each in made.get_inputs()] == [
        ("left_side", ["rows", 3]),
        ("_class", ["rows", 2, 4]),
    ]
    assert [(each.name, each.shape) for each in made.get_outputs()] == [("joined", ["rows", 2]), ("flat", ["rows", 8])]


def test_one_value_may_be_several_outputs(tmp_path):
    x = nn.Input((3,))
    y = L.Dense(2)(x)
    model = nn.Model(x, {"first": y, "second": y, "input": x})
    model.export(tmp_path / "net.onnx")
    assert_predicts(str(tmp_path / "net.onnx"), model)


def test_weights_are_held_once_and_exactly(tmp_path):
    model = MODELS["shared"]()
    model.set_weights([np.random.default_rng(0).random(each.shape).astype(each.dtype) for each in model.get_weights()])
    model.export(tmp_path / "net.onnx")
    held = [onnx.numpy_helper.to_array(each) for each in onnx.load(tmp_path / "net.onnx").graph.initializer]
    for mine, theirs in zip(held, model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_float64_stays_float64(tmp_path):
    model = nn.Sequential([nn.Input((3,), dtype="float64"), L.Dense(4, "tanh", dtype="float64")])
    model.export(tmp_path / "net.onnx")
    assert_predicts(str(tmp_path / "net.onnx"), model, rtol=1e-12, atol=1e-14)


def test_a_subclassed_model_needs_the_shape_of_its_inputs(tmp_path):
    model = Subclassed()
    model.predict(np.ones((2, 3)), verbose=0)
    with pytest.raises(ValueError, match="input_signature"):
        model.export(tmp_path / "net.onnx")
    model.export(tmp_path / "net.onnx", input_signature=nn.Input((3,)))
    assert_predicts(str(tmp_path / "net.onnx"), model, signature=nn.Input((3,)))


@pytest.mark.parametrize("wrong", [-1, 5])
def test_numbers_that_an_embedding_has_no_row_for_are_refused(wrong, tmp_path):
    MODELS["embedding"]().export(tmp_path / "net.onnx")
    made = session(str(tmp_path / "net.onnx"))
    with pytest.raises(Exception, match="out of data bounds"):
        run(made, [np.full((1, 7), wrong, np.int32)])


# What is refused


def _sorted(x):
    return np.sort(x, axis=-1)


@pytest.mark.parametrize(("function", "error", "words"), [
    (lambda x: np.fft.rfft(x).real, TypeError, "layer 'sequential/special' computes rfft"),
    (_sorted, TypeError, "layer 'sequential/special' computes argsort"),
    (lambda x: np.round(x.astype(np.int32), -1), TypeError, "computes round"),
    (lambda x: np.reshape(x, (-1, 2, 2))[:, [0, 1]][:, 0, ..., None, [1, 0]], TypeError, "moves the rows"),
    (lambda x: x[[0, 1], [1, 0]], TypeError, "an index of arrays that picks rows"),
    (lambda x: x * 2 if x.shape[0] > 5 else x, ValueError, "decides by the number of rows"),
    (lambda x: x * 2 if x.shape[0] > 3 else x, ValueError, "differ for 1 rows"),
    (lambda x: x + np.arange(x.shape[0], dtype=np.float32)[:, None], ValueError, "holds an array of them"),
    (lambda x: x * (1 / x.shape[0]), ValueError, "computes multiply, and it computes in another way"),
    (lambda x: np.concatenate([x, x])[: x.shape[0] ** 2], ValueError, "rows"),
])  # fmt: skip
def test_what_cannot_be_a_graph_is_refused(function, error, words, tmp_path):
    nn.utils.clear_session()
    model = nn.Sequential([nn.Input((4,)), L.Lambda(function, name="special")])
    with pytest.raises(error, match=words):
        model.export(tmp_path / "net.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_function_of_ones_own_is_refused_whatever_its_name(tmp_path):
    @ad.custom(lambda g: g * 2)
    def relu(x):
        return x * 2

    model = nn.Sequential([nn.Input((2,)), L.Lambda(lambda x: relu(x))])
    with pytest.raises(TypeError, match="computes relu"):
        model.export(tmp_path / "net.onnx")


def test_a_wrong_translation_is_seen_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setitem(OPERATIONS, "tanh", OPERATIONS["sigmoid"])
    (tmp_path / "net.onnx").write_bytes(b"old")
    with pytest.raises(ValueError, match="the graph and the model differ"):
        MODELS["lambda"]().export(tmp_path / "net.onnx")
    assert (tmp_path / "net.onnx").read_bytes() == b"old"


def test_weights_beyond_what_a_file_holds(tmp_path, monkeypatch):
    monkeypatch.setattr("nn.exporting.onnx.LARGEST", 2000)
    with pytest.raises(ValueError, match=r"a file \.onnx holds 2,000"):
        MODELS["classifier"]().export(tmp_path / "net.onnx")


def test_without_the_package(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match="extra `onnx`"):
        MODELS["lambda"]().export(tmp_path / "net.onnx")


@pytest.mark.parametrize(("few", "many", "any_rows"), [
    ((5, 12), (7, 12), (Size(1, 0), 12)), (slice(None, 4), slice(None, 6), slice(None, Size(1, -1))),
    ([5, None, "a"], [7, None, "a"], [Size(1, 0), None, "a"]), (np.nan, np.nan, np.nan), (True, True, True),
])  # fmt: skip
def test_values_for_any_number_of_rows(few, many, any_rows):
    assert common(few, many) == any_rows or any_rows is np.nan


@pytest.mark.parametrize(("few", "many"), [
    (0.2, 0.14), (True, False), (5, 8), ((5,), (7, 7)), (np.arange(5), np.arange(7)), (1, 1.0), (7, 5), ([5], (7,)),
])  # fmt: skip
def test_values_that_have_no_common_one(few, many):
    with pytest.raises(ValueError, match="rows"):
        common(few, many)
