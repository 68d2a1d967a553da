"""Derivatives by complex steps (Squire and Trapp, 1998), where NumPy's function takes them.

f(x + ih) = f(x) + ih f′(x) − O(h²): the imaginary part over h has no difference in it, so no digit is lost, and
h may be so small that h² vanishes.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from autodiff.domains import Sampler
from autodiff.primitive import REGISTRY, Primitive

from .points import Array, fill, variables

STEP = 1e-30
# These take complex numbers, but are no analytic functions of them: they compare, or they conjugate.
NOT_ANALYTIC = {
    "absolute", "sign", "maximum", "minimum", "fmax", "fmin", "max", "min", "rint", "relu", "softmax", "logsumexp",
    "log_softmax", "cross_entropy", "cholesky", "cofactor", "eigh", "pinv", "qr", "slogdet", "svd",
}  # fmt: skip


def complex_step(made: Primitive, args: Any, params: dict[str, Any], direction: Sequence[Array]) -> Array | None:
    """The directional derivative by a complex step; None where NumPy takes no complex numbers."""
    moved = fill(args, [x + 1j * STEP * d for x, d in zip(variables(args), direction, strict=True)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        try:
            out = np.asarray(made.run(*moved, **params))
        except (TypeError, ValueError):
            return None
    return np.asarray(out.imag / STEP) if out.dtype.kind == "c" else None


def takes_complex_steps(name: str) -> bool:
    """Whether complex steps differentiate a primitive: found by trying."""
    made = REGISTRY[name]
    if name in NOT_ANALYTIC or all(rule is None for rule in made.rules) or made.sample is None:
        return False
    sampler = Sampler(np.random.default_rng(1))
    samples = [made.sample(sampler) for _ in range(8)]
    return all(complex_step(made, args, params, variables(args)) is not None for args, params in samples)
