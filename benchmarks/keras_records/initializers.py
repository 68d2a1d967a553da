"""Names, configs, fans and moments of Keras' initializers."""

from __future__ import annotations

from typing import Any

import numpy as np

NAMES = """
    zeros ones random_normal random_uniform truncated_normal variance_scaling glorot_normal glorot_uniform he_normal
    he_uniform lecun_normal lecun_uniform orthogonal identity normal uniform one zero Zeros GlorotUniform HeNormal
    IdentityInitializer OrthogonalInitializer
"""
SHAPES: list[tuple[Any, Any, Any]] = [
    ([], None, None),
    ([5], None, None),
    ([3, 4], None, None),
    ([2, 3, 4], None, None),
    ([3, 3, 4, 8], None, None),
    ([2, 3, 4, 5, 6], None, None),
    ([2, 3, 4, 5], [0], [1]),
    ([2, 3, 4], [0, 1], [1, 2]),
    ([2, 3, 4], [], [0, 1, 2]),
]
RANDOM: list[tuple[str, dict[str, Any]]] = [
    ("RandomNormal", {"mean": 1.0, "stddev": 0.5}),
    ("RandomUniform", {"minval": -1.0, "maxval": 3.0}),
    ("TruncatedNormal", {"mean": 1.0, "stddev": 0.5}),
    *(("VarianceScaling", {"scale": 2.0, "mode": mode}) for mode in ("fan_in", "fan_out", "fan_avg")),
    *(("VarianceScaling", {"distribution": each}) for each in ("uniform", "untruncated_normal", "normal")),
    *((f"{who}{which}", {}) for who in ("Glorot", "He", "Lecun") for which in ("Normal", "Uniform")),
    ("Orthogonal", {"gain": 2.0}),
]
SHAPE = (300, 100)


def record() -> dict[str, Any]:
    import keras

    kinds = keras.initializers

    def fan(shape: list[int], mode: str, inputs: Any, outputs: Any) -> float:
        """1 / variance, told from the first number, which without scaling is known by its seed."""
        unit = float(np.ravel(kinds.RandomUniform(-1.0, 1.0, seed=3)(shape))[0])
        options = {"input_axes": inputs, "output_axes": outputs}
        scaled = float(np.ravel(kinds.VarianceScaling(1.0, mode, "uniform", seed=3, **options)(shape))[0])
        return round(3 * (unit / scaled) ** 2, 2)

    def moments(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        drawn = np.asarray(getattr(kinds, name)(seed=1, **arguments)(SHAPE), dtype=np.float64)
        told = {"mean": drawn.mean(), "stddev": drawn.std(), "least": drawn.min(), "greatest": drawn.max()}
        return {"name": name, "arguments": arguments, **{key: float(value) for key, value in told.items()}}

    return {
        "keras": keras.__version__,
        "names": [[name, type(kinds.get(name)).__name__, kinds.get(name).get_config()] for name in NAMES.split()],
        "fans": [[*each, fan(each[0], "fan_in", *each[1:]), fan(each[0], "fan_out", *each[1:])] for each in SHAPES],
        "shape": SHAPE,
        "moments": [moments(*each) for each in RANDOM],
        "identity": np.asarray(kinds.Identity(2.0)((2, 3))).tolist(),
        "constant": np.asarray(kinds.Constant([1.0, 2.0])((2, 2))).tolist(),
    }
