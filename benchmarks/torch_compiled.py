"""What PyTorch compiles: it needs a C++ compiler, and some seconds for each function and size."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np

from .contenders import Contender, Problem, torch_descent
from .mlp import torch_network
from .runners import alone

Anything = TypeVar("Anything")
COMPILED = "PyTorch, compiled"


def compiled_for_one_size(function: Any) -> Any:
    """The function, compiled when it is called; one that was compiled for another size is forgotten.

    Else PyTorch would compile the second for all sizes, and give up after the eighth.
    """
    import torch

    torch.compiler.reset()
    return torch.compile(function, dynamic=False)


def torch_compiled_mlp(problem: Problem) -> Contender:
    """A training step whose forward and backward pass are compiled."""
    weights, loss_of = torch_network(problem)
    step = torch_descent(compiled_for_one_size(loss_of), weights, problem.rate)
    return Contender(step, lambda: [w.detach().numpy().T for w in weights])


def cold_torch_mlp(problem: Problem) -> Contender:
    """The same without what PyTorch has kept on the disk from an earlier run."""
    os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"
    return torch_compiled_mlp(problem)


def able(contenders: Mapping[str, Anything], quick: bool) -> tuple[dict[str, Anything], list[str]]:
    """The contenders without the compiled one, where PyTorch is not able to compile or time is short, and why."""
    if COMPILED not in contenders:
        return dict(contenders), []
    reason = "compiling takes too long for a quick run" if quick else alone(failure)
    left = {name: each for name, each in contenders.items() if name != COMPILED or not reason}
    return left, [f"{COMPILED} is left out: {reason}."] if reason else []


def failure() -> str:
    """Why PyTorch cannot compile here; nothing where it can."""
    import torch

    try:
        compiled_for_one_size(torch.relu)(torch.from_numpy(np.ones(3, np.float32)))
    except Exception as error:
        return f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
    return ""
