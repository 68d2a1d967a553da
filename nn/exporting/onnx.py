"""A model as a file of ONNX (Open Neural Network Exchange), which runtimes in many languages can run.

The graph has the equations of the model's prediction as they were traced, in operations of opset 18, which
onnxruntime knows from 1.14 on. Weights are initializers, the number of rows is open and called `rows`, dtypes are
those of the model, and each node tells in its doc string which layer it came from.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import autodiff
from autodiff.compiler.program import Program

from ..saving.archive import replacing
from .inference import Inference, identifiers
from .onnx_conversion import Conversion
from .onnx_graph import Value
from .rows import ROWS, Size

OPSET, IR = 18, 8  # the version of the operations, and of the file format that goes with them
LARGEST = 2**31 - 2**20  # bytes: a protocol buffer holds no more than 2 GB


def write(inference: Inference, path: Path) -> None:
    """Write the file, once the graph is checked and predicts what the model does.

    Raises ImportError without the package onnx, TypeError for an operation that has no declaration, and ValueError
    where the program is not the same for all numbers of rows.
    """
    content = _checked(inference, model_proto(inference))
    with replacing(path) as file:
        file.write(content)


def model_proto(inference: Inference) -> Any:
    """The model as an `onnx.ModelProto`."""
    _require()
    few, many = [inference.compiled(rows)._program().report.stages[0].program for rows in ROWS]
    outputs = _output_names(inference, len(few.results))
    names = identifiers([*(each.name for each in inference.inputs), *outputs])
    inputs = [
        Value(name, each.dtype, (Size(1, 0), *each.row)) for name, each in zip(names, inference.inputs, strict=False)
    ]
    return proto_of(few, many, inputs, names[len(inputs) :], inference.model.name)


def proto_of(few: Program, many: Program, inputs: Sequence[Value], outputs: Sequence[str], name: str) -> Any:
    """The same for two programs that differ by the number of rows, or for one, twice."""
    from onnx import helper

    graph = Conversion(few, many, inputs, outputs).graph_proto(name)
    return helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR,
        producer_name="autodiff-nn",
        producer_version=autodiff.__version__,
        doc_string=f"What the model {name!r} predicts for any number of rows.",
    )


def _require() -> None:
    try:
        import onnx  # noqa: F401  # only whether it is there
    except ImportError:
        raise ImportError(
            "export: files .onnx are made by the package onnx: write `pip install onnx`, or install the extra `onnx`"
        ) from None


def _output_names(inference: Inference, count: int) -> list[str]:
    """The names of the layers that give the outputs, where each gives one."""
    names = list(inference.model.output_names)
    return names if len(names) == count else [f"output_{i + 1}" for i in range(count)]


def _checked(inference: Inference, made: Any) -> bytes:
    """The bytes of a graph that is well-formed, and that ONNX' own evaluator agrees about with the model."""
    import onnx
    from onnx.reference import ReferenceEvaluator

    if made.ByteSize() > LARGEST:
        raise ValueError(f"export: the weights take {made.ByteSize():,} bytes, and a file .onnx holds {LARGEST:,}")
    try:
        onnx.checker.check_model(made, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise TypeError(f"export: ONNX does not take what the model computes: {error}") from error
    evaluator = ReferenceEvaluator(made)
    inference.check(lambda arrays: _evaluated(evaluator, arrays), "the graph")
    return bytes(made.SerializeToString())


def _evaluated(evaluator: Any, arrays: Sequence[Any]) -> Any:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return evaluator.run(None, dict(zip(evaluator.input_names, arrays, strict=True)))
