"""Record what Keras' optimizers and schedules do: 100 steps from the same weights, with the same gradients."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "jax")
FIXTURE = Path(__file__).parents[2] / "tests" / "fixtures" / "keras" / "optimizers.npz"
STEPS = 100
KEPT = np.array([1, 2, 3, 4, 5, 10, 33, 50, 99, 100])  # steps of which slots are kept, and weights in float64
KERNEL, BIAS = [[1.0], [-2.0]], [0.5]
AT = np.array([0, 1, 2, 3, 5, 8, 12, 19, 20, 21, 30, 57, 60, 99, 140, 150, 1000])  # where schedules are looked at

_SHRINKING = {
    "class_name": "ExponentialDecay",
    "config": {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.8},
}
_STEPPED = {
    "class_name": "PiecewiseConstantDecay",
    "config": {"boundaries": [0, 5, 6, 40], "values": [0.1, 0.05, 0.5, 0.02, 0.01]},
}
_FTRL = {
    "learning_rate_power": -0.7,
    "initial_accumulator_value": 0.2,
    "l1_regularization_strength": 0.3,
    "l2_regularization_strength": 0.4,
    "l2_shrinkage_regularization_strength": 0.5,
    "beta": 0.6,
}

# Names of cases, with the optimizer and its arguments; "exclude" and "constrain" in a name tell `start` more
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", {"learning_rate": 0.1}),
    "sgd momentum": ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
    "sgd nesterov": ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
    "sgd nesterov alone": ("SGD", {"learning_rate": 0.1, "nesterov": True}),
    "sgd schedule": ("SGD", {"learning_rate": _SHRINKING, "momentum": 0.5}),
    "sgd decay schedule": ("SGD", {"learning_rate": _STEPPED, "weight_decay": 0.1}),
    "sgd constrain": ("SGD", {"learning_rate": 0.1}),
    "sgd constrain ema": (
        "SGD",
        {"learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2},
    ),
    "sgd constrain accumulation": ("SGD", {"learning_rate": 0.1, "gradient_accumulation_steps": 3}),
    "rmsprop": ("RMSprop", {"learning_rate": 0.01}),
    "rmsprop momentum": ("RMSprop", {"learning_rate": 0.01, "momentum": 0.8, "rho": 0.7}),
    "rmsprop centered": ("RMSprop", {"learning_rate": 0.01, "centered": True, "epsilon": 1e-3}),
    "rmsprop all": ("RMSprop", {"learning_rate": 0.01, "momentum": 0.8, "centered": True, "epsilon": 1e-3}),
    "adagrad": ("Adagrad", {"learning_rate": 0.1}),
    "adagrad start": ("Adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 1.5, "epsilon": 0.3}),
    "adadelta": ("Adadelta", {"learning_rate": 1.0}),
    "adadelta rho": ("Adadelta", {"learning_rate": 0.5, "rho": 0.6, "epsilon": 1e-3}),
    "adam": ("Adam", {}),
    "adam rate": ("Adam", {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 0.1}),
    "adam amsgrad": ("Adam", {"learning_rate": 0.1, "amsgrad": True}),
    "adam amsgrad weight decay": ("Adam", {"learning_rate": 0.1, "amsgrad": True, "beta_2": 0.5, "weight_decay": 0.1}),
    "adamw": ("AdamW", {"learning_rate": 0.01}),
    "adamw exclude": ("AdamW", {"learning_rate": 0.01, "weight_decay": 0.5}),
    "adamax": ("Adamax", {"learning_rate": 0.01}),
    "nadam": ("Nadam", {"learning_rate": 0.01}),
    "nadam accumulation": ("Nadam", {"learning_rate": 0.01, "gradient_accumulation_steps": 3}),
    "ftrl": ("Ftrl", {"learning_rate": 0.1}),
    "ftrl all": ("Ftrl", dict(learning_rate=0.1, **_FTRL)),
    "lamb": ("Lamb", {"learning_rate": 0.01}),
    "lamb weight decay": ("Lamb", {"learning_rate": 0.01, "epsilon": 0.01, "weight_decay": 0.1}),
    "lion": ("Lion", {"learning_rate": 0.01}),
    "lion weight decay": ("Lion", {"learning_rate": 0.01, "beta_1": 0.8, "beta_2": 0.7, "weight_decay": 0.1}),
    "clipnorm": ("SGD", {"learning_rate": 0.1, "momentum": 0.5, "clipnorm": 0.7}),
    "clipvalue": ("SGD", {"learning_rate": 0.1, "momentum": 0.5, "clipvalue": 0.4}),
    "global clipnorm": ("SGD", {"learning_rate": 0.1, "momentum": 0.5, "global_clipnorm": 0.7}),
    "loss scale": ("SGD", {"learning_rate": 0.1, "loss_scale_factor": 8.0, "clipvalue": 0.1}),
    "ema": ("Adam", {"learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.9}),
    "ema overwrite": (
        "Adam",
        {"learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 4},
    ),
    "accumulation": ("Adam", {"learning_rate": 0.1, "gradient_accumulation_steps": 3}),
    "accumulation schedule": ("SGD", {"learning_rate": _SHRINKING, "momentum": 0.9, "gradient_accumulation_steps": 4}),
    "accumulation all": (
        "AdamW",
        {
            "learning_rate": _SHRINKING,
            "amsgrad": True,
            "gradient_accumulation_steps": 3,
            "loss_scale_factor": 4.0,
            "global_clipnorm": 0.2,
            "use_ema": True,
            "ema_momentum": 0.8,
            "ema_overwrite_frequency": 2,
        },
    ),
}

SCHEDULES: dict[str, tuple[str, dict[str, Any]]] = {
    "exponential": ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 20, "decay_rate": 0.5}),
    "exponential stairs": (
        "ExponentialDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 20, "decay_rate": 0.5, "staircase": True},
    ),
    "inverse": ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 20, "decay_rate": 0.5}),
    "inverse stairs": (
        "InverseTimeDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 20, "decay_rate": 0.5, "staircase": True},
    ),
    "piecewise": ("PiecewiseConstantDecay", {"boundaries": [2, 20, 99], "values": [1.0, 0.5, 0.7, 0.1]}),
    "polynomial": ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 60}),
    "polynomial power": (
        "PolynomialDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 60, "end_learning_rate": 0.01, "power": 2.5},
    ),
    "polynomial cycle": (
        "PolynomialDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 20, "end_learning_rate": 0.01, "power": 0.5, "cycle": True},
    ),
    "cosine": ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 60, "alpha": 0.2}),
    "cosine warmup": (
        "CosineDecay",
        {"initial_learning_rate": 0.1, "decay_steps": 60, "alpha": 0.2, "warmup_target": 0.7, "warmup_steps": 20},
    ),
    "cosine target": ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 60, "warmup_target": 0.7}),
    "cosine steps": ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 60, "warmup_steps": 20}),
    "restarts": ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 20}),
    "restarts alike": (
        "CosineDecayRestarts",
        {"initial_learning_rate": 0.1, "first_decay_steps": 20, "t_mul": 1.0, "m_mul": 0.8, "alpha": 0.1},
    ),
    "restarts longer": (
        "CosineDecayRestarts",
        {"initial_learning_rate": 0.1, "first_decay_steps": 7, "t_mul": 1.5, "m_mul": 0.8, "alpha": 0.1},
    ),
}


def gradients() -> np.ndarray[Any, Any]:
    """Of all steps: of different sizes, and sometimes 0."""
    given = np.random.default_rng(7).standard_normal((STEPS, 3)) * [1.0, 0.1, 3.0]
    given[40:43] = 0.0
    return given


def non_negative(w: Any) -> Any:
    """A constraint that both sides understand."""
    return (w + abs(w)) / 2


def start(library: Any, case: str, make: Any, dtype: str) -> tuple[Any, list[Any]]:
    """The optimizer of a case, of Keras or of a package like it, and variables that it was built for.

    `make` makes a variable of a value, a dtype and a name.
    """
    name, kwargs = CASES[case]
    rate = kwargs.get("learning_rate")
    if isinstance(rate, dict):
        kwargs = {**kwargs, "learning_rate": library.schedules.deserialize(rate)}
    optimizer = getattr(library, name)(**kwargs)
    variables = [make(KERNEL, dtype, "kernel"), make(BIAS, dtype, "bias")]
    if "exclude" in case:
        optimizer.exclude_from_weight_decay(var_names=["bias"])
    if "constrain" in case:
        variables[0].constraint = non_negative
    optimizer.build(variables)
    return optimizer, variables


def parts(gradient: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
    """The gradients of the two variables."""
    return [gradient[:2, None], gradient[2:]]


def flat(values: Any) -> np.ndarray[Any, Any]:
    """Variables as one row of numbers."""
    return np.concatenate([np.ravel(np.array(each)) for each in values])


def follow_keras(case: str, dtype: str) -> dict[str, Any]:
    """A case in Keras, compiled as Keras trains: weights and slots after each step, and what training ends with."""
    import jax
    import keras

    def make(value: Any, dtype: str, name: str) -> Any:
        return keras.Variable(value, dtype=dtype, name=name)

    optimizer, variables = start(keras.optimizers, case, make, dtype)
    step = jax.jit(optimizer.stateless_apply)
    weights, state = [each.value for each in variables], [each.value for each in optimizer.variables]
    slots = [i for i, each in enumerate(optimizer.variables) if not each.path.endswith("/learning_rate")]
    found: dict[str, Any] = {"weights": [], "slots": [], "names": [optimizer.variables[i].name for i in slots]}
    for gradient in gradients().astype(dtype):
        weights, state = step(state, parts(gradient), weights)
        found["weights"].append(flat(weights))
        found["slots"].append(flat(state[i] for i in slots))
    for variable, value in zip([*variables, *optimizer.variables], [*weights, *state], strict=True):
        variable.assign(value)
    optimizer.finalize_variable_values(variables)
    return {key: np.array(value) for key, value in {**found, "final": flat(variables)}.items()}


def record() -> dict[str, Any]:
    """Compute all with live Keras, and write the fixture; what has one shape for all cases is in one array."""
    import jax
    import keras

    found: dict[str, Any] = {}
    for name, (kind, config) in SCHEDULES.items():
        schedule = getattr(keras.optimizers.schedules, kind)(**config)
        found[f"schedule/{name}"] = np.array([float(schedule(int(step))) for step in AT], np.float32)
    for dtype, at in (("float32", slice(None)), ("float64", KEPT - 1)):
        jax.config.update("jax_enable_x64", dtype == "float64")
        keras.config.set_floatx(dtype)
        cases = {case: follow_keras(case, dtype) for case in CASES}
        found[f"{dtype}/weights"] = np.array([each["weights"][at] for each in cases.values()])
        found[f"{dtype}/final"] = np.array([each["final"] for each in cases.values()])
        found[f"{dtype}/slots"] = np.concatenate([each["slots"][KEPT - 1] for each in cases.values()], axis=1)
        found["widths"] = np.array([each["slots"].shape[1] for each in cases.values()])
        found["names"] = np.array([" ".join(each["names"]) for each in cases.values()])
    jax.config.update("jax_enable_x64", False)
    keras.config.set_floatx("float32")
    FIXTURE.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(FIXTURE, **found)
    return found


if __name__ == "__main__":
    record()
