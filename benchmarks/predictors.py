"""The MLP's probabilities in each library, with the weights of a problem: a step returns them.

HIPS autograd has no forward pass of its own: what NumPy by hand takes, it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

import numpy as np

import autodiff as ad

from .compiled import jax_logits
from .contenders import Problem, installed
from .keras_models import Library, classifier, scikit_classifier
from .mlp import SIZES, autodiff_logits, mygrad_logits, torch_logits, torch_weights
from .timing import Step
from .torch_compiled import COMPILED, compiled_for_one_size

Predict = Callable[[Problem], Step]


def numpy_predict(problem: Problem) -> Step:
    weights = problem.weights

    def step() -> Any:
        x = problem.inputs
        for W, b in zip(weights[:-2:2], weights[1:-2:2], strict=True):
            x = np.maximum(x @ W + b, 0)
        z = x @ weights[-2] + weights[-1]
        z = np.exp(z - z.max(axis=1, keepdims=True))
        return z / z.sum(axis=1, keepdims=True)

    return step


def autodiff_predict(problem: Problem) -> Step:
    weights = [ad.tensor(w, requires_grad=True) for w in problem.weights]

    def step() -> Any:
        with ad.no_grad():
            return ad.softmax(autodiff_logits(weights, problem.inputs))

    return step


def compiled_predict(problem: Problem, backend: Literal["numpy", "numba"] = "numpy") -> Step:
    program = ad.compile(lambda weights, x: ad.softmax(autodiff_logits(weights, x)), backend=backend)
    return partial(program, problem.weights, problem.inputs)


def jax_predict(problem: Problem) -> Step:
    """From an array of NumPy's, as the others take it; the result is waited for."""
    import jax

    weights = [jax.numpy.array(w) for w in problem.weights]
    program = jax.jit(lambda weights, x: jax.nn.softmax(jax_logits(weights, x)))
    return lambda: program(weights, problem.inputs).block_until_ready()


def torch_predict(problem: Problem, prepared: Callable[[Any], Any] = lambda function: function) -> Step:
    """`prepared` makes another function of the one that returns the probabilities."""
    import torch

    weights = torch_weights(problem)
    forward = prepared(lambda x: torch.softmax(torch_logits(weights, x), 1))

    def step() -> Any:
        with torch.inference_mode():
            return forward(torch.from_numpy(problem.inputs))

    return step


def mygrad_predict(problem: Problem) -> Step:
    import mygrad as mg
    from mygrad.nnet.activations import softmax

    weights = [mg.tensor(w) for w in problem.weights]

    def step() -> Any:
        with mg.no_autodiff:
            return softmax(mygrad_logits(weights, problem.inputs)).data

    return step


def scikit_predict(problem: Problem) -> Step:
    model = scikit_classifier(batch=len(problem.inputs))
    model.partial_fit(problem.inputs, problem.targets, classes=range(SIZES[-1]))  # makes what is replaced now
    model.coefs_, model.intercepts_ = problem.weights[::2], problem.weights[1::2]
    return partial(model.predict_proba, problem.inputs)


def keras_predict(library: Library, problem: Problem) -> Step:
    model = classifier(library())
    model.set_weights(problem.weights)
    return partial(model.predict, problem.inputs, verbose=0)


def keras_call(library: Library, problem: Problem) -> Step:
    """The model as a function, which Keras advises for few rows."""
    model = classifier(library())
    model.set_weights(problem.weights)

    def step() -> Any:
        result = model(problem.inputs)
        return np.asarray(result.detach() if hasattr(result, "detach") else result)

    return step


def predictors(libraries: Mapping[str, Library], quick: bool) -> dict[str, Predict]:
    """Those that are installed; to be quick, without calls of models, of which each is a process more."""
    found: dict[str, Predict] = {
        "NumPy by hand": numpy_predict,
        "autodiff": autodiff_predict,
        "compiled": compiled_predict,
        "compiled, Numba": partial(compiled_predict, backend="numba"),
        "jax.jit": jax_predict,
        "PyTorch": torch_predict,
        COMPILED: partial(torch_predict, prepared=compiled_for_one_size),
        "MyGrad": mygrad_predict,
        "scikit-learn": scikit_predict,
    }
    found |= {name: partial(keras_predict, library) for name, library in libraries.items()}
    if not quick:
        found |= {f"{name}, called": partial(keras_call, library) for name, library in libraries.items()}
    return installed(found)
