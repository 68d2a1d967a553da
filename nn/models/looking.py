"""Looking into a model: its summary, and every layer's activations and gradients by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autodiff as ad
from autodiff.tree import leaves

from ..calls import calling
from .data import arrays
from .description import describe
from .summary import summary_text
from .trainer import Trainer


class Looking(Trainer):
    """A model that shows itself."""

    def summary(
        self, line_length: int | None = None, print_fn: Callable[[str], Any] | None = None, **options: Any
    ) -> None:
        """Print the layers, the shapes of what they give, and how many weights they have."""
        (print_fn or print)(summary_text(self, line_length, **options))

    def describe(self) -> None:
        """Print every setting that is in force, also what nobody set."""
        print(describe(self))

    def activations(self, x: Any, training: bool = False) -> dict[str, np.ndarray[Any, Any]]:
        """What each layer gives for a batch, by the layers' names; a shared layer's later calls get a number.

        >>> import nn
        >>> model = nn.Sequential([nn.Input(shape=(3,)), nn.layers.Dense(2, name="hidden")])
        >>> model.activations(np.zeros((1, 3)))
        {'hidden': array([[0., 0.]], dtype=float32)}
        """
        with ad.no_grad():
            seen, _ = self._seen(arrays(x, "x"), training)
        return {name: _values(outputs) for name, outputs in seen.items()}

    def gradients(self, x: Any, y: Any, sample_weight: Any = None) -> dict[str, np.ndarray[Any, Any]]:
        """The gradient of the loss on a batch by each layer's outputs and by each weight, by name.

        The keys are layers' names, and the weights' paths, such as 'hidden/kernel'.
        """
        x, y, sample_weight = arrays(x, "x"), arrays(y, "y"), arrays(sample_weight, "sample_weight")
        with calling(training=True, losses=[]) as state:
            seen, y_pred = self._seen(x, True)
            loss = self._loss(x, y, y_pred, sample_weight, state.losses)
        wanted = {name: each for name, each in seen.items() if isinstance(each, ad.Tensor) and each.requires_grad}
        wanted |= {v.path: v for v in self.trainable_variables}
        return {name: np.asarray(g) for name, g in ad.gradients(loss, wanted).items()}

    def _loss(self, x: Any, y: Any, y_pred: Any, sample_weight: Any, added: Any) -> Any:
        """The loss, without a trace in the metrics."""
        objectives = self._objectives(y, y_pred)
        before = [v.numpy() for each in objectives.all_metrics() for v in each.variables]
        loss = self.compute_loss(x, y, y_pred, sample_weight, added=added)
        held = [v for each in objectives.all_metrics() for v in each.variables]
        for v, value in zip(held, before, strict=True):
            v.assign(value)
        return loss

    def _seen(self, x: Any, training: bool) -> tuple[dict[str, Any], Any]:
        """The outputs of all layers in a call, and those of the model."""
        seen: dict[str, Any] = {}

        def look(layer: Any, outputs: Any) -> None:
            if layer is self:
                return
            name, count = layer.name, 1
            while name in seen:
                count += 1
                name = f"{layer.name}_call_{count}"
            seen[name] = outputs

        with calling(watchers=(look,)):
            outputs = self(x, training=training)
        return seen, outputs


def _values(outputs: Any) -> Any:
    found = [each.numpy() if isinstance(each, ad.Tensor) else each for each in leaves(outputs)]
    return found[0] if len(found) == 1 else found
