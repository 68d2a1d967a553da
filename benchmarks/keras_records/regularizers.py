"""Values, slopes and configs of Keras' regularizers, in float32."""

from __future__ import annotations

from typing import Any

import numpy as np

WEIGHT = [[0.5, -1.25, 2.0], [3.0, 0.75, -0.1], [0.2, 2.5, -1.5], [1e-6, 2e-6, -3e-6]]
CASES: list[tuple[str, dict[str, Any]]] = [
    ("L1", {}),
    ("L1", {"l1": 0.3}),
    ("L2", {}),
    ("L2", {"l2": 0.3}),
    ("L1L2", {}),
    ("L1L2", {"l1": 0.01}),
    ("L1L2", {"l2": 0.2}),
    ("L1L2", {"l1": 0.01, "l2": 0.2}),
    ("OrthogonalRegularizer", {}),
    ("OrthogonalRegularizer", {"factor": 0.3, "mode": "columns"}),
]
NAMES = ["l1", "L1", "l2", "L2", "l1l2", "L1L2", "orthogonal_regularizer", "OrthogonalRegularizer"]


def record() -> dict[str, Any]:
    import jax
    import keras

    kinds, weight = keras.regularizers, np.float32(WEIGHT)

    def case(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        value, slopes = jax.value_and_grad(getattr(kinds, name)(**arguments))(weight)
        return {"name": name, "arguments": arguments, "value": float(value), "slopes": np.asarray(slopes).tolist()}

    def configured(name: str) -> list[Any]:
        made = kinds.get(name)
        # Defaults pass through float32 in Keras.
        config = {key: round(each, 6) if isinstance(each, float) else each for key, each in made.get_config().items()}
        return [name, type(made).__name__, config]

    return {
        "keras": keras.__version__,
        "weight": weight.tolist(),
        "cases": [case(*each) for each in CASES],
        "names": [configured(name) for name in NAMES],
        "l1_l2(0.01)": kinds.l1_l2(0.01).get_config(),
    }
