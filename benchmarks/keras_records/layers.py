"""What Keras' layers give: outputs in both modes, slopes, weights, shapes, configs, masks."""

from __future__ import annotations

from typing import Any

import numpy as np

ROWS, TIMES, IMAGES = [3, 4], [2, 3, 4], [2, 2, 3, 4]
GIVEN = {"mean": [0.5, -1.0, 0.0, 2.0], "variance": [1.0, 4.0, 0.25, 9.0]}

# Class, arguments, the shapes of its inputs.
CASES: list[tuple[str, dict[str, Any], list[list[int]]]] = [
    ("Dense", {"units": 2}, [ROWS]),
    ("Dense", {"units": 2, "activation": "tanh", "use_bias": False}, [TIMES]),
    ("Activation", {"activation": "relu"}, [ROWS]),
    ("Activation", {"activation": "softmax"}, [TIMES]),
    ("Flatten", {}, [TIMES]),
    ("Flatten", {}, [[3]]),
    ("Flatten", {"data_format": "channels_first"}, [TIMES]),
    ("Reshape", {"target_shape": [2, -1]}, [ROWS]),
    ("Reshape", {"target_shape": [12]}, [TIMES]),
    ("Permute", {"dims": [2, 1]}, [TIMES]),
    ("Permute", {"dims": [3, 1, 2]}, [IMAGES]),
    ("RepeatVector", {"n": 2}, [ROWS]),
    ("Identity", {}, [ROWS]),
    ("ActivityRegularization", {"l1": 0.25, "l2": 0.5}, [ROWS]),
    ("Masking", {}, [TIMES]),
    ("Dropout", {"rate": 0.5}, [ROWS]),
    ("Dropout", {"rate": 0.5, "noise_shape": [None, 1], "seed": 3}, [ROWS]),
    ("AlphaDropout", {"rate": 0.5}, [ROWS]),
    ("GaussianNoise", {"stddev": 0.5}, [ROWS]),
    ("GaussianDropout", {"rate": 0.5}, [ROWS]),
    ("SpatialDropout1D", {"rate": 0.5}, [TIMES]),
    ("SpatialDropout2D", {"rate": 0.5}, [IMAGES]),
    ("SpatialDropout3D", {"rate": 0.5}, [[1, 1, 2, 2, 2]]),
    ("BatchNormalization", {}, [ROWS]),
    ("BatchNormalization", {"axis": 1, "momentum": 0.5, "epsilon": 0.1}, [TIMES]),
    ("BatchNormalization", {"center": False}, [IMAGES]),
    ("BatchNormalization", {"scale": False}, [TIMES]),
    ("BatchNormalization", {"center": False, "scale": False, "gamma_initializer": "zeros"}, [ROWS]),
    ("LayerNormalization", {}, [ROWS]),
    ("LayerNormalization", {"axis": [1, 2], "epsilon": 0.1}, [TIMES]),
    ("LayerNormalization", {"axis": 1}, [TIMES]),
    ("LayerNormalization", {"center": False, "scale": False}, [TIMES]),
    ("LayerNormalization", {"rms_scaling": True}, [ROWS]),
    ("RMSNormalization", {}, [ROWS]),
    ("RMSNormalization", {"axis": [1, 2], "epsilon": 0.1}, [TIMES]),
    ("GroupNormalization", {"groups": 2}, [ROWS]),
    ("GroupNormalization", {"groups": 2, "epsilon": 0.1}, [IMAGES]),
    ("GroupNormalization", {"groups": 3, "axis": 1}, [TIMES]),
    ("GroupNormalization", {"groups": -1, "scale": False}, [TIMES]),
    ("UnitNormalization", {}, [ROWS]),
    ("UnitNormalization", {"axis": [1, 2]}, [TIMES]),
    ("Normalization", {}, [ROWS]),
    ("Normalization", {"axis": [1, 2]}, [TIMES]),
    ("Normalization", {"axis": 1, "invert": True}, [TIMES]),
    ("Normalization", {"axis": None}, [TIMES]),
    ("Normalization", GIVEN, [TIMES]),
    ("Normalization", {"mean": 0.5, "variance": 4.0, "invert": True}, [ROWS]),
    ("Rescaling", {"scale": 2.0, "offset": 1.0}, [ROWS]),
    ("Rescaling", {"scale": [1.0, 2.0, 3.0, 4.0]}, [TIMES]),
    ("ReLU", {}, [ROWS]),
    ("ReLU", {"max_value": 1.0, "negative_slope": 0.25, "threshold": 0.5}, [ROWS]),
    ("LeakyReLU", {}, [ROWS]),
    ("LeakyReLU", {"negative_slope": 0.01}, [ROWS]),
    ("PReLU", {}, [TIMES]),
    ("PReLU", {"shared_axes": [1], "alpha_initializer": "ones"}, [TIMES]),
    ("ELU", {"alpha": 2.0}, [ROWS]),
    ("Softmax", {}, [TIMES]),
    ("Softmax", {"axis": 1}, [TIMES]),
    ("Softmax", {"axis": [1, 2]}, [TIMES]),
    ("Add", {}, [ROWS, ROWS, ROWS]),
    ("Add", {}, [TIMES, [2, 1, 4]]),
    ("Add", {}, [[2, 4], TIMES]),
    ("Subtract", {}, [ROWS, ROWS]),
    ("Multiply", {}, [ROWS, ROWS, ROWS]),
    ("Average", {}, [ROWS, ROWS, ROWS]),
    ("Maximum", {}, [ROWS, ROWS, ROWS]),
    ("Minimum", {}, [ROWS, ROWS]),
    ("Concatenate", {}, [ROWS, [3, 2]]),
    ("Concatenate", {"axis": 1}, [TIMES, [2, 1, 4]]),
    ("Dot", {"axes": 1}, [ROWS, ROWS]),
    ("Dot", {"axes": -1, "normalize": True}, [ROWS, ROWS]),
    ("Dot", {"axes": [2, 1]}, [TIMES, [2, 4, 2]]),
    ("Dot", {"axes": [1, 2]}, [[2, 4], TIMES]),
    ("Dot", {"axes": 2}, [IMAGES, [2, 3, 3]]),
]
RANDOM = ("Dropout", "AlphaDropout", "GaussianNoise", "GaussianDropout", "SpatialDropout")
WHOLE = [[1, 2, 0], [2, 2, 1]]

# What becomes of the mask of (2, 4) time steps of 2 features.
STEPS = [[1, 2, 0, 0], [3, 1, 2, 0]]
OTHERS = [[1, 0, 3, 0], [3, 1, 2, 1]]
MASKED: list[tuple[str, dict[str, Any]]] = [
    ("Dense", {"units": 3}), ("Activation", {"activation": "relu"}), ("LayerNormalization", {}),
    ("BatchNormalization", {}), ("GroupNormalization", {"groups": 2}), ("UnitNormalization", {}),
    ("RMSNormalization", {}), ("Dropout", {"rate": 0.5}), ("Identity", {}), ("Flatten", {}), ("Masking", {}),
    ("Permute", {"dims": [2, 1]}), ("Reshape", {"target_shape": [2, -1]}), ("ReLU", {}), ("PReLU", {}),
    ("Rescaling", {"scale": 2.0}), ("Normalization", {}), ("SpatialDropout1D", {"rate": 0.5}),
]  # fmt: skip
MERGED = [
    ("Add", {}), ("Average", {}), ("Concatenate", {}), ("Concatenate", {"axis": 1}), ("Dot", {"axes": 2})
]  # fmt: skip


def data(shape: Any, seed: int) -> Any:
    """Numbers that are no kinks and no ties."""
    return np.float32(np.random.default_rng(seed).normal(size=shape).round(2) + 0.001 * (seed + 1))


def weight_values(shapes: Any) -> list[Any]:
    """Values for weights: different ones, all above 0, which variances must be."""
    return [np.float32(np.cos(np.arange(np.prod(s)) + i) / 2 + 1).reshape(s).round(3) for i, s in enumerate(shapes)]


def slopes_of(shape: Any) -> Any:
    """What the outputs' gradients are taken to be: ones would hide what adds up to a constant."""
    return np.float32(np.sin(1 + np.arange(np.prod(shape))).reshape(shape).round(3))


def record() -> dict[str, Any]:
    import jax
    import keras

    def case(name: str, arguments: dict[str, Any], shapes: Any) -> dict[str, Any]:
        layer = getattr(keras.layers, name)(**arguments)
        inputs = [data(shape, seed) for seed, shape in enumerate(shapes)]
        fed = inputs if len(inputs) > 1 else inputs[0]
        config = layer.get_config()
        layer(fed)
        layer.set_weights(weight_values([w.shape for w in layer.weights]))
        if name == "Normalization" and layer.weights:
            layer.finalize_state()  # it computes with what it was told last
        told = _outputs(layer, fed, name)
        shape = layer.compute_output_shape(
            [(None, *s[1:]) for s in shapes] if len(inputs) > 1 else (None, *shapes[0][1:])
        )
        weights = [[w.name, list(w.shape), str(w.dtype), bool(w.trainable)] for w in layer.weights]
        return {"config": _plain(config), "weights": weights, "shape": list(shape), **told}

    def _outputs(layer: Any, fed: Any, name: str) -> dict[str, Any]:
        training = not name.startswith(RANDOM)
        trained = [w.value for w in layer.trainable_variables]
        held = [w.value for w in layer.non_trainable_variables]

        def call(trained: Any, fed: Any) -> Any:
            return layer.stateless_call(trained, held, fed, **_told(layer, training))

        outputs, pull, held_after = jax.vjp(call, trained, fed, has_aux=True)
        of_weights, of_inputs = pull(slopes_of(outputs.shape))
        answer = {"outputs": outputs, "of_inputs": of_inputs if isinstance(fed, list) else [of_inputs]}
        later = layer.stateless_call(trained, held, fed, **_told(layer, False))[0]
        if name == "BatchNormalization":
            answer |= {"later": later, "moved": held_after}
        return {key: _rounded(value) for key, value in {**answer, "of_weights": of_weights}.items()}

    def masked(name: str, arguments: dict[str, Any], parts: Any) -> Any:
        embedding = keras.layers.Embedding(5, 2, mask_zero=True)
        given = [embedding(np.array(part)) for part in parts]
        outputs = getattr(keras.layers, name)(**arguments)(given if len(given) > 1 else given[0])
        mask = getattr(outputs, "_keras_mask", None)
        return None if mask is None else np.asarray(mask).tolist()

    return {
        "keras": keras.__version__,
        "cases": [case(*each) for each in CASES],
        "embedding": _embedding(keras, jax),
        "masked": [masked(*each, [STEPS]) for each in MASKED],
        "merged": [masked(*each, [STEPS, OTHERS]) for each in MERGED],
        "adapted": _adapted(keras),
        "batch_normalization_with_mask": _with_mask(keras),
        "softmax_with_mask": _rounded(keras.layers.Softmax()(data(ROWS, 0), mask=data(ROWS, 0) > 0)),
    }


def _told(layer: Any, training: bool) -> dict[str, Any]:
    return {"training": training} if "training" in layer._call_signature.parameters else {}


def _embedding(keras: Any, jax: Any) -> dict[str, Any]:
    layer = keras.layers.Embedding(4, 2)
    config = layer.get_config()
    layer.build((None, 3))
    (weights,) = weight_values([(4, 2)])
    values, pull = jax.vjp(lambda each: layer.stateless_call([each], [], np.array(WHOLE))[0], weights)
    of_weights = pull(slopes_of(values.shape))[0]
    return {"config": _plain(config), "outputs": _rounded(values), "of_weights": _rounded(of_weights)}


def _adapted(keras: Any) -> list[Any]:
    found = []
    for axis in (-1, 1, (1, 2), None):
        layer = keras.layers.Normalization(axis=axis)
        layer.adapt(data([8, 3, 4], 0))
        mean, variance, _ = layer.get_weights()
        found.append({"axis": axis, "mean": _rounded(mean), "variance": _rounded(variance)})
    return found


def _with_mask(keras: Any) -> dict[str, Any]:
    layer = keras.layers.BatchNormalization(momentum=0.5)
    outputs = layer(data([2, 4, 2], 0), training=True, mask=np.array(STEPS) > 0)
    return {"outputs": _rounded(outputs), "moved": _rounded([w.value for w in layer.non_trainable_variables])}


def _rounded(value: Any) -> Any:
    """Arrays as lists of numbers of 8 digits, which tell a float32."""
    if isinstance(value, (list, tuple)):
        return [_rounded(each) for each in value]
    array = np.asarray(value, np.float64)
    return np.array([float(f"{each:.8g}") for each in array.ravel()]).reshape(array.shape).tolist()


def _plain(config: Any) -> Any:
    """A config without the names of modules; a policy of dtypes is its name."""
    if isinstance(config, dict) and config.get("class_name") == "DTypePolicy":
        return config["config"]["name"]
    if isinstance(config, dict):
        return {key: _plain(each) for key, each in config.items() if key not in ("module", "registered_name")}
    return config
