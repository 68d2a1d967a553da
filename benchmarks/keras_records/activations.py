"""Values and slopes of Keras' activation functions, in float32."""

from __future__ import annotations

from typing import Any

import numpy as np

# Between the kinks, and far out.
POINTS = [-40, -9.3, -5.7, -3.1, -2.2, -1.3, -0.7, -0.31, -0.04, 0.03, 0.27, 0.6, 0.9, 1.2, 2.3, 3.3, 5.5, 6.4, 9.8, 40]
ROWS = [[0.3, -1.2, 2.0, 0.1], [5.0, 5.0, -3.0, 100.0], [-0.5, 0.25, 0.125, 0.0]]
NAMES = ["swish", "hard_swish", "relu", "relu6", "log_softmax", "linear", None]

WITH_DEFAULTS = """
    linear sigmoid tanh hard_sigmoid hard_silu hard_tanh exponential softplus softsign selu silu mish relu6 log_sigmoid
    tanh_shrink sparse_plus relu leaky_relu elu celu gelu squareplus hard_shrink soft_shrink sparse_sigmoid
"""
EACH: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in WITH_DEFAULTS.split()),
    ("relu", {"negative_slope": 0.1}),
    ("relu", {"threshold": 1.0}),
    ("relu", {"threshold": -1.0}),
    ("relu", {"threshold": 0.5, "max_value": 3.0}),
    ("relu", {"max_value": 3.0}),
    ("relu", {"negative_slope": 0.1, "max_value": 3.0, "threshold": 1.0}),
    ("relu", {"negative_slope": 0.1, "max_value": 1.0, "threshold": 5.0}),
    ("leaky_relu", {"negative_slope": 0.01}),
    ("elu", {"alpha": 0.3}),
    ("celu", {"alpha": 2.0}),
    ("gelu", {"approximate": True}),
    ("squareplus", {"b": 2}),
    ("hard_shrink", {"threshold": 1.0}),
    ("soft_shrink", {"threshold": 1.0}),
    ("threshold", {"threshold": 1.0, "default_value": 20.0}),
]
ALONG_AXIS: list[tuple[str, dict[str, Any]]] = [
    ("softmax", {}),
    ("softmax", {"axis": 0}),
    ("softmax", {"axis": [0, 1]}),
    ("log_softmax", {}),
    ("log_softmax", {"axis": 0}),
    ("glu", {}),
]


def record() -> dict[str, Any]:
    import jax
    import keras

    points, rows = np.float32(POINTS), np.float32(ROWS)

    def case(name: str, arguments: dict[str, Any], x: Any) -> dict[str, Any]:
        function = getattr(keras.activations, name)
        given = {key: tuple(each) if isinstance(each, list) else each for key, each in arguments.items()}
        values, pull = jax.vjp(lambda each: function(each, **given), x)
        # Ones would hide the slopes along an axis: softmax adds up to 1 whatever x is.
        weights = np.arange(1, values.size + 1, dtype=np.float32).reshape(values.shape) if x.ndim == 2 else 1 + 0 * x
        return {
            "name": name,
            "arguments": arguments,
            "values": np.asarray(values).tolist(),
            "slopes": np.asarray(pull(weights)[0]).tolist(),
        }

    return {
        "keras": keras.__version__,
        "points": points.tolist(),
        "rows": rows.tolist(),
        "each": [case(name, arguments, points) for name, arguments in EACH],
        "along_axis": [case(name, arguments, rows) for name, arguments in ALONG_AXIS],
        "names": [[name, keras.activations.serialize(keras.activations.get(name))] for name in NAMES],
    }
