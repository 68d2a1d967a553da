"""What Keras 1 and 2 called things that have other names now."""

from __future__ import annotations

from typing import Any

_WEIGHTS = {
    "init": "kernel_initializer", "W_regularizer": "kernel_regularizer", "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint", "b_constraint": "bias_constraint", "bias": "use_bias",
}  # fmt: skip
_EVERYWHERE = {"input_dtype": "dtype"}
_ARGUMENTS: dict[str, dict[str, str]] = {
    "Dense": {**_WEIGHTS, "output_dim": "units"},
    "Embedding": {"init": "embeddings_initializer", "W_regularizer": "embeddings_regularizer",
                  "W_constraint": "embeddings_constraint"},
    "Dropout": {"p": "rate"}, "SpatialDropout1D": {"p": "rate"}, "SpatialDropout2D": {"p": "rate"},
    "SpatialDropout3D": {"p": "rate"}, "GaussianDropout": {"p": "rate"}, "GaussianNoise": {"sigma": "stddev"},
    "BatchNormalization": {"gamma_init": "gamma_initializer", "beta_init": "beta_initializer"},
    "LeakyReLU": {"alpha": "negative_slope"},
    "PReLU": {"init": "alpha_initializer", "alpha_init": "alpha_initializer"},
    "InputLayer": {"batch_input_shape": "batch_shape"},
    "SGD": {"lr": "learning_rate"}, "RMSprop": {"lr": "learning_rate"}, "Adam": {"lr": "learning_rate"},
    "Adagrad": {"lr": "learning_rate"}, "Adadelta": {"lr": "learning_rate"}, "Adamax": {"lr": "learning_rate"},
    "Nadam": {"lr": "learning_rate"}, "Ftrl": {"lr": "learning_rate"},
    "MaxNorm": {"m": "max_value"}, "UnitNorm": {}, "NonNeg": {},
}  # fmt: skip
_CLASSES = {
    "WeightRegularizer": "L1L2",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
}
_MERGES = {
    "concat": "Concatenate", "sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum", "dot": "Dot",
}  # fmt: skip
_INITIALIZERS = {"zero": "zeros", "one": "ones", "uniform": "random_uniform", "normal": "random_normal"}


def modern(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry with the names of Keras 3; one that has them stays."""
    name, config = entry["class_name"], entry.get("config")
    if isinstance(config, list):  # of a Sequential, before Keras 2.3
        return {**entry, "config": {"layers": config}}
    if not isinstance(config, dict):
        return entry
    name = _CLASSES.get(name, name)
    if name == "Merge":
        name, config = _merge(config)
    renames = {**_EVERYWHERE, **_ARGUMENTS.get(name, {})}
    config = {renames.get(key, key): _value(renames.get(key, key), each) for key, each in config.items()}
    if name != "InputLayer" and "batch_shape" in config:
        config["batch_input_shape"] = config.pop("batch_shape")  # where Keras 3 names the shape of a first layer
    if config.get("decay") == 0:  # of the rate; none
        del config["decay"]
    return {**entry, "class_name": name, "config": config}


def _merge(config: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Keras 1 had one layer for all ways to merge."""
    name = _MERGES.get(str(config.get("mode")), "Merge")
    kept = {key: each for key, each in config.items() if key == "name"}
    if name == "Concatenate":
        kept["axis"] = config.get("concat_axis", -1)
    if name == "Dot":
        kept["axes"] = config.get("dot_axes", -1)
    return name, kept


def _value(key: str, value: Any) -> Any:
    """Keras 1 told regularizers and constraints by their name in the dict, and called initializers otherwise."""
    if key.endswith("_initializer") and isinstance(value, str):
        return _INITIALIZERS.get(value, value)
    if isinstance(value, dict) and "class_name" not in value and key.endswith(("_regularizer", "_constraint")):
        return {"class_name": value.get("name"), "config": {k: each for k, each in value.items() if k != "name"}}
    return value
