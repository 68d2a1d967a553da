"""A model as a module of readable NumPy, and its weights in a file .npz beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from autodiff import Tensor
from autodiff.tree import leaves

from .inference import Inference
from .rows import ROWS, for_any_rows, names, unused

_HEAD = '''"""What the model {name!r} predicts: {call}, for {inputs}.

Made by nn. It needs NumPy, and its weights in {weights} beside it.
"""

from pathlib import Path

import numpy as np

WEIGHTS = dict(np.load(Path(__file__).with_name("{weights}")))  # by the names that they have below

'''

_PREDICT = '''

def predict({parameters}):
    """The predictions for some rows."""
    {made} = forward({arguments}, **WEIGHTS)
    return {result}
'''


def write(inference: Inference, path: Path) -> None:
    """Write the module and its weights.

    Raises ValueError where the program is not the same for all numbers of rows, and TypeError where it calls a
    function that is more than its own text.
    """
    if not path.stem.isidentifier():
        raise ValueError(f"export: {path.name!r} is no name of a module; use letters, digits and _, as in net.py")
    weights = path.with_suffix(".npz")
    step = inference.compiled(ROWS[0])
    held = {name: _array(each, name) for name, each in step.captured.items()}
    text = module_text(inference, step, weights.name)
    _check(inference, text, held)
    np.savez(weights, **held)
    path.write_text(text, encoding="utf-8")


def module_text(inference: Inference, step: Any, weights: str) -> str:
    """The module's text; `step` is the prediction compiled for the first of ROWS."""
    _refuse_foreign(step)
    rows = unused(step.source)
    body = for_any_rows(step.source, inference.compiled(ROWS[1]).source, rows)
    if body is None:
        raise ValueError(
            "export: the program of this model is another one for another number of rows, so that it is no module; "
            "a layer that mixes rows, or decides by how many there are, is the likely cause"
        )
    parameters = ", ".join(inference.names)
    told = ", ".join(f"{name} as {each.dtype} of shape {each.shape_text}" for name, each in _named(inference))
    head = _HEAD.format(name=inference.model.name, call=f"predict({parameters})", inputs=told, weights=weights)
    arguments = ", ".join(f"np.asarray({name}, np.{each.dtype})" for name, each in _named(inference))
    count = len(list(leaves(inference.outputs)))
    made = ", ".join(f"y{i}" for i in range(count)) if count > 1 else "y"
    predict = _PREDICT.format(parameters=parameters, arguments=arguments, made=made, result=_result(inference.outputs))
    body = _inside(body.removeprefix("import numpy as np\n").lstrip("\n"), rows, inference.names[0])
    return head + body + predict


def _named(inference: Inference) -> list[tuple[str, Any]]:
    return list(zip(inference.names, inference.inputs, strict=True))


def _result(structure: Any) -> str:
    """The structure of what is predicted, as Python writes it."""
    counted = iter(range(len(list(leaves(structure)))))

    def text(tree: Any) -> str:
        if isinstance(tree, dict):
            return f"{{{', '.join(f'{key!r}: {text(each)}' for key, each in tree.items())}}}"
        if isinstance(tree, (list, tuple)):
            return f"[{', '.join(map(text, tree))}]"
        return f"y{next(counted)}"

    return "y" if structure == 0 else text(structure)


def _inside(body: str, rows: str, first: str) -> str:
    """The program with the memory that depends on the number of rows inside of its function."""
    lines = body.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("def forward("))
    own = [line for line in lines[:start] if names(_code(line), rows)]
    before = [line for line in lines[:start] if line not in own]
    if any(names(_code(line), rows) for line in lines):
        own = [f"{rows} = len({first})", *own]
    before = before if any(before) else [""]
    return "\n".join([*before, lines[start], *(f"    {line}" for line in own), *lines[start + 1 :]]) + "\n"


def _code(line: str) -> str:
    return line.partition("#")[0]


def _array(value: Any, name: str) -> Any:
    if isinstance(value, Tensor):
        return value.numpy()
    if isinstance(value, np.ndarray):
        return value
    raise TypeError(f"export: predicting takes {name}, a {type(value).__name__}, which no file of arrays can hold")


def _refuse_foreign(step: Any) -> None:
    foreign = step._program().source.foreign
    if foreign:
        raise TypeError(
            f"export: the model calls {', '.join(foreign)}, which uses more than its own text and NumPy; write it as a "
            "module-level function of NumPy calls"
        )


def _check(inference: Inference, text: str, held: dict[str, Any]) -> None:
    """Run the module on some numbers of rows, beside the model."""
    names: dict[str, Any] = {}
    start = text.index("WEIGHTS = ")
    end = text.index("\n", start)
    exec(compile(f"import numpy as np\n{text[end:]}", "<export>", "exec"), names)
    names["WEIGHTS"] = held
    inference.check(lambda arrays: names["predict"](*arrays), "the module")
