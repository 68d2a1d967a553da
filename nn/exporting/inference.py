"""What a model computes when it predicts, as a program for some number of rows."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autodiff as ad
from autodiff.dispatch import values
from autodiff.tree import leaves, map_leaves, refill

from ..symbolic import symbols

_TRIED = (1, 2, 33)  # rows for which what is exported must agree with the model


class Inference:
    """A model's prediction as a function of arrays: its inputs' names, shapes and dtypes, and its program.

    Raises ValueError where the shape of a row is not known.
    """

    def __init__(self, model: Any, input_signature: Any = None) -> None:
        self.model = model
        self._inputs = _signature(model) if input_signature is None else input_signature
        self.inputs = [_Input(each, i) for i, each in enumerate(_shaped(self._inputs))]
        self.names = ["x"] if len(self.inputs) == 1 else identifiers([each.name for each in self.inputs])
        self._unknown()

    def _unknown(self) -> None:
        for each in self.inputs:
            if None in each.row:
                raise ValueError(
                    f"export: the input {each.name!r} has the shape {(None, *each.row)}, of which only the number of "
                    "rows may be open; give the others by export(path, input_signature=nn.Input(shape=...))"
                )

    def zeros(self, rows: int) -> list[Any]:
        """Arrays as the inputs want them."""
        return [np.zeros((rows, *each.row), each.dtype) for each in self.inputs]

    def examples(self, rows: int) -> list[Any]:
        """Arrays with values of which each row has others; of whole numbers only 0 and 1, which most models take."""
        rng = np.random.default_rng(rows)
        return [
            rng.normal(size=(rows, *each.row)).astype(each.dtype)
            if each.dtype.kind == "f"
            else rng.integers(0, 2, (rows, *each.row)).astype(each.dtype)
            for each in self.inputs
        ]

    def compiled(self, rows: int) -> Any:
        """The compiled prediction, after a call with that many rows."""

        def forward(**arrays: Any) -> list[Any]:
            return [np.copy(each) for each in leaves(self(list(arrays.values())))]  # also where it is an input itself

        step = ad.compile(forward)
        step(**dict(zip(self.names, self.zeros(rows), strict=True)))
        return step

    def __call__(self, arrays: Sequence[Any]) -> Any:
        """What the model predicts, as its method does."""
        structure = map_leaves(lambda _: 0, self._inputs)
        x = refill(structure, arrays) if isinstance(structure, (dict, list, tuple)) else arrays[0]
        return self.model.predict_step((x,))

    def check(self, predict: Callable[[Sequence[Any]], Any], what: str) -> None:
        """Run what is exported on some numbers of rows, beside the model. Raises ValueError where they differ."""
        for rows in _TRIED:
            arrays = self.examples(rows)
            for mine, theirs in zip(leaves(predict(arrays)), leaves(self(arrays)), strict=True):
                if not _agree(mine, values(theirs)):
                    raise ValueError(
                        f"export: {what} and the model differ for {rows} rows; a layer that mixes rows is the likely "
                        "cause: such a model cannot be exported"
                    )

    @property
    def outputs(self) -> Any:
        """The structure of what is predicted, with 0 for each array."""
        return map_leaves(lambda _: 0, self(self.zeros(1)))


class _Input:
    """The shape of a row, the dtype and the name of one input."""

    def __init__(self, given: Any, place: int) -> None:
        self.row = tuple(given.shape[1:])
        self.dtype = np.dtype(given.dtype)
        self.name = getattr(given, "name", None) or f"x{place}"

    @property
    def shape_text(self) -> str:
        """The shape, with `rows` for any number of rows."""
        return f"({', '.join(['rows', *map(str, self.row)])}{',' * (not self.row)})"


def _signature(model: Any) -> Any:
    if model._graph is None:
        raise ValueError(
            f"export: model {model.name!r} is defined by `call`, which does not tell the shape of its inputs: give it "
            "by export(path, input_signature=nn.Input(shape=...)), or by an array"
        )
    return model.input


def _shaped(signature: Any) -> list[Any]:
    """The symbolic tensors, specs or arrays of a signature."""
    found = list(symbols(signature)) or list(leaves(signature))
    for each in found:
        if not hasattr(each, "shape") or not hasattr(each, "dtype"):
            raise TypeError(f"export: input_signature holds {each!r}, expected nn.Input(shape=...) or an array")
    return found


def identifiers(names: Sequence[str]) -> list[str]:
    """Names that Python takes, all different.

    >>> identifiers(["left side", "class", "x", "x"])
    ['left_side', '_class', 'x_2', 'x_3']
    >>> identifiers(["x", "x", "x_0"])
    ['x_0_0', 'x_1', 'x_0_2']
    """
    plain = [re.sub(r"\W", "_", each) for each in names]
    plain = [f"_{each}" if keyword.iskeyword(each) or not each.isidentifier() else each for each in plain]
    while len(set(plain)) < len(plain):  # again where a name that is made is another's
        plain = [each if plain.count(each) == 1 else f"{each}_{i}" for i, each in enumerate(plain)]
    return plain


def _agree(mine: Any, theirs: Any) -> bool:
    """Whether predictions are the same but for rounding, of which another order of additions makes some."""
    return mine.shape == theirs.shape and np.allclose(mine, theirs, rtol=1e-4, atol=1e-5, equal_nan=True)
