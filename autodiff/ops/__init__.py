"""The table of operations, a file per chapter. Every name here takes tensors as well as arrays.

`np.tanh(t)` and `ops.tanh(t)` are the same call; what NumPy does not have (`relu`,
`softmax`, `conv2d`, ...) is found here and in `autodiff` itself.
"""

from types import ModuleType
from typing import Any

from ..primitive import Primitive
from . import (
    complex,
    contract,
    decompositions,
    determinants,
    elementwise,
    fft,
    images,
    indexing,
    indices,
    joining,
    labels,
    linalg,
    losses,
    norms,
    piecewise,
    positions,
    random,
    rearrange,
    reduce,
    scans,
    shape,
    special,
)

CHAPTERS: tuple[ModuleType, ...] = (
    piecewise, elementwise, positions, shape, indices, indexing, joining, rearrange, reduce, scans, contract, labels,
    special, losses, images, random, linalg, decompositions, determinants, norms, complex, fft,
)  # fmt: skip


def public(chapter: ModuleType) -> dict[str, Any]:
    """The functions and primitives that a chapter defines."""
    return {
        name: value
        for name, value in vars(chapter).items()
        if not name.startswith("_")
        and (isinstance(value, Primitive) or getattr(value, "__module__", None) == chapter.__name__)
    }


for _chapter in CHAPTERS:
    globals().update(public(_chapter))


def __getattr__(name: str) -> Any:
    raise AttributeError(f"autodiff.ops has no {name!r}")
