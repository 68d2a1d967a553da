"""Values and configs of Keras' constraints, in float32."""

from __future__ import annotations

from typing import Any

import numpy as np

# A long column, one of zeros, one as short as epsilon, one below and one above 1.
WEIGHT = [[3.0, 0.0, -1e-7, 0.25, 1.0], [4.0, 0.0, 0.0, -0.5, -2.0]]
CASES: list[tuple[str, dict[str, Any]]] = [
    ("MaxNorm", {}),
    ("MaxNorm", {"max_value": 1.0, "axis": 1}),
    ("MaxNorm", {"max_value": 1, "axis": [0, 1]}),
    ("NonNeg", {}),
    ("UnitNorm", {}),
    ("UnitNorm", {"axis": 1}),
    ("UnitNorm", {"axis": -1}),
    ("MinMaxNorm", {}),
    ("MinMaxNorm", {"min_value": 0.75, "max_value": 2.0}),
    ("MinMaxNorm", {"min_value": 0.75, "max_value": 2.0, "rate": 0.3}),
    ("MinMaxNorm", {"min_value": 6.0, "max_value": 7.0, "axis": 1}),
]
NAMES = ["max_norm", "MaxNorm", "non_neg", "NonNeg", "unit_norm", "UnitNorm", "min_max_norm", "MinMaxNorm"]


def record() -> dict[str, Any]:
    import keras

    kinds, weight = keras.constraints, np.float32(WEIGHT)
    kernel = np.float32(np.random.default_rng(0).normal(size=(2, 2, 2, 3)))

    def case(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        values = np.asarray(getattr(kinds, name)(**arguments)(weight)).tolist()
        return {"name": name, "arguments": arguments, "values": values}

    return {
        "keras": keras.__version__,
        "weight": weight.tolist(),
        "cases": [case(*each) for each in CASES],
        "kernel": kernel.tolist(),
        "kernel_of_norm_1": np.asarray(kinds.MaxNorm(1.0, axis=(0, 1, 2))(kernel)).tolist(),
        "names": [[name, type(kinds.get(name)).__name__, kinds.get(name).get_config()] for name in NAMES],
    }
