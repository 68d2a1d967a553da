"""What a model tells of itself, so that it can be made again; and its files."""

from __future__ import annotations

import inspect
from typing import Any

from .looking import Looking


class Saved(Looking):
    """A model that is written to files."""

    _graph: Any

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same model: of one between symbolic tensors its layers and their calls."""
        if self._graph is not None and _takes_graph(type(self)):
            from ..saving.functional import graph_config

            return graph_config(self)
        return {key: each for key, each in super().get_config().items() if key not in ("inputs", "outputs")}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """A model of a config, as `get_config` gives it."""
        from ..saving.functional import connected, is_graph
        from ..saving.objects import Reader

        return connected(Reader(custom_objects), cls, config) if is_graph(config) else super().from_config(config)

    def get_build_config(self) -> dict[str, Any] | None:
        """The shape of the inputs that the weights were made for."""
        if self._graph is not None or self._build_shape is None:  # symbolic inputs tell their shape themselves
            return None
        return {"input_shape": self._build_shape}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Make the weights for the shape that `get_build_config` told."""
        if self._graph is None and config.get("input_shape") is not None:
            self.build(config["input_shape"])

    def get_compile_config(self) -> dict[str, Any] | None:
        """The arguments of `compile`, as plain values."""
        from ..saving.objects import serialize_keras_object

        if self.objectives is None:
            return None
        loss, weights, plain, weighted = self.objectives.told
        told = {
            "optimizer": self.optimizer, "loss": loss, "loss_weights": weights, "metrics": plain,
            "weighted_metrics": weighted, "run_eagerly": self.run_eagerly,
        }  # fmt: skip
        return {**serialize_keras_object(told), "steps_per_execution": 1, "jit_compile": "auto"}

    def compile_from_config(self, config: dict[str, Any], reader: Any = None) -> None:
        """Compile by what `get_compile_config` told; what is not known here is left out, and noted by the reader."""
        from ..saving.compiling import compile_arguments

        self.compile(**compile_arguments(config, reader))

    # Files

    def save(self, filepath: Any, overwrite: bool = True, **options: Any) -> None:
        """Write the model to a '.keras' or '.h5' file, to go on with it later, here or in Keras 3; see `nn.saving`.

        >>> import nn, tempfile
        >>> model = nn.Sequential([nn.Input(shape=(3,)), nn.layers.Dense(2)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.save(f"{folder}/model.keras")
        ...     again = nn.models.load_model(f"{folder}/model.keras")
        >>> bool((again.layers[0].kernel.numpy() == model.layers[0].kernel.numpy()).all())
        True
        """
        from ..saving import save_model

        save_model(self, filepath, overwrite, **options)

    def save_weights(self, filepath: Any, overwrite: bool = True, **options: Any) -> None:
        """Write the weights alone to a '.weights.h5' file, or to '.h5' as Keras 2 did."""
        from ..saving import save_weights

        save_weights(self, filepath, overwrite, **options)

    def load_weights(self, filepath: Any, skip_mismatch: bool = False, by_name: bool = False) -> None:
        """Read weights that were saved, here or in Keras; see `nn.saving.load_weights`."""
        from ..saving import load_weights

        load_weights(self, filepath, skip_mismatch, by_name)

    def to_json(self, **options: Any) -> str:
        """The layers and their settings as JSON, for `nn.models.model_from_json`."""
        from ..saving.text import to_json

        return to_json(self, **options)

    def to_yaml(self, **options: Any) -> str:
        """The layers and their settings as YAML, for `nn.models.model_from_yaml`; needs PyYAML."""
        from ..saving.text import to_yaml

        return to_yaml(self, **options)


def _takes_graph(kind: type) -> bool:
    """Whether a class is made of inputs and outputs."""
    return {"inputs", "outputs"} <= set(inspect.signature(inspect.getattr_static(kind, "__init__")).parameters)
