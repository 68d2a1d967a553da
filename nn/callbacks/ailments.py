"""What networks suffer from, and how it is seen in one batch.

The limits, and where they come from; each is set so that networks that learn stay clear of it:

- dead units: more than 40% of a layer's ReLU units give 0 for all rows. "As much as 40% of your network can be dead
  if the learning rate is set too high" (Stanford CS231n, Neural Networks 1).
- saturated: more than half of a hidden layer's sigmoid or tanh outputs are within 1% of a limit, where the slope
  is below a hundredth of its largest (X. Glorot and Y. Bengio, Understanding the difficulty of training deep
  feedforward neural networks, 2010, section 3, watch the same shares).
- vanishing or exploding: the gradient by one hidden layer's outputs is a thousand times smaller or larger than by a
  later one's (Glorot and Bengio, section 4.2; sigmoid's slope is 1/4 at most, so that takes five such layers or more),
  or the gradient of all weights is a thousand times larger than they are, or not finite (R. Pascanu et al., On the
  difficulty of training recurrent neural networks, 2013, whose remedy is clipping).
- steps: one changes a matrix of weights by more than 20%, or in the first epoch by less than a millionth of its
  size. "This ratio should be somewhere around 1e-3" (CS231n, Neural Networks 3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from ..layers.checks import title
from ..reading import activation_of

DEAD, SATURATED, NEAR = 0.4, 0.5, 0.01
VANISHING, EXPLODING = 1e-3, 1e3
STEP = (1e-6, 0.2)
ROWS = 16  # of a batch, below which a silent unit proves nothing
_LIMITS = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "hard_sigmoid": (0.0, 1.0), "hard_tanh": (-1.0, 1.0)}

Found = Iterator[tuple[str, str, float, str]]  # layer, ailment, value, message


class Look(NamedTuple):
    """The figures for one batch: by layers' names, by weights' paths, and the sizes of one step."""

    model: Any
    activations: dict[str, Any]
    gradients: dict[str, Any]
    steps: dict[str, float]
    rate: float
    is_whole: bool  # whether the batch is all data
    is_first: bool  # whether it is the first epoch

    def layers(self) -> dict[str, Any]:
        """The layers in the order of their calls, without models."""
        known = {each.name: each for each in self.model.flattened() if not hasattr(each, "layers")}
        return {name: known[name] for name in self.activations if name in known}

    def hidden(self) -> dict[str, Any]:
        """The layers whose outputs are not the model's."""
        last = {next(reversed(self.activations), "")}
        if self.model._graph is not None:
            last = {each.call.layer.name for each in self.model.outputs}
        return {name: layer for name, layer in self.layers().items() if name not in last}

    def outputs(self, name: str) -> Any:
        """A layer's outputs with the units as columns; None for several, and for too few rows to judge by."""
        values = self.activations[name]
        if not isinstance(values, np.ndarray) or values.ndim < 2:
            return None
        return values.reshape(-1, values.shape[-1]) if self.is_whole or len(values) >= ROWS else None

    def sizes(self) -> dict[str, float]:
        """The gradient by the outputs of each hidden layer that has a matrix of weights: its root mean square."""
        chosen = [name for name, layer in self.hidden().items() if any(v.ndim >= 2 for v in layer.trainable_weights)]
        return {name: _rms(self.gradients[name]) for name in chosen if name in self.gradients}


def dead(look: Look) -> Found:
    """Units of ReLU that are 0 for every row: their gradient is 0, they learn nothing."""
    for name, layer in look.layers().items():
        outputs = look.outputs(name)
        if outputs is None or activation_of(layer) not in ("relu", "relu6"):
            continue
        silent = int(np.sum(np.all(outputs == 0, axis=0)))
        units = outputs.shape[1]
        if silent > DEAD * units:
            yield (
                name,
                "dead",
                silent / units,
                (
                    f"{title(layer)}: {silent} of {units} relu units are dead, 0 for all {len(outputs)} rows. "
                    f"Lower the learning rate ({look.rate:.2g}), begin with kernel_initializer='he_normal', or "
                    "take activation='leaky_relu' or 'elu'"
                ),
            )


def saturated(look: Look) -> Found:
    """Outputs at the flat ends of their function: little of the gradient comes through."""
    for name, layer in look.hidden().items():
        outputs, function = look.outputs(name), activation_of(layer)
        if outputs is None or function not in _LIMITS:
            continue
        low, high = _LIMITS[function]
        near = NEAR * (high - low)
        share = float(np.mean((outputs < low + near) | (outputs > high - near)))
        if share > SATURATED:
            yield (
                name,
                "saturated",
                share,
                (
                    f"{title(layer)}: {share:.0%} of its {function} values are saturated, at {low:g} or {high:g}, "
                    "where the slope is about 0. Scale the inputs to about -1 to 1, put BatchNormalization before it, "
                    "keep kernel_initializer='glorot_uniform', or take activation='relu'"
                ),
            )


def vanishing(look: Look) -> Found:
    """A gradient that gets lost on its way back."""
    sizes = look.sizes()
    names = list(sizes)
    for i, name in enumerate(names):
        later = max(names[i + 1 :], key=sizes.__getitem__, default=name)
        if 0 < sizes[name] < VANISHING * sizes[later]:
            share = sizes[name] / sizes[later]
            yield (
                name,
                "vanishing",
                share,
                (
                    f"{_titled(look, name)}: the gradient vanishes: here it is {share:.1g} of that at "
                    f"{_titled(look, later)}. Take a non-saturating activation with its initializer ('relu' with "
                    "kernel_initializer='he_normal', 'selu' with 'lecun_normal'), or BatchNormalization between layers"
                ),
            )
            return  # the layers behind it have the same ailment


def exploding(look: Look) -> Found:
    """A gradient that grows on its way back, or has no size any more."""
    sizes, clip = look.sizes(), "Clip it (optimizer with clipnorm=1.0), lower the learning rate"
    for path, gradient in look.gradients.items():
        if not np.all(np.isfinite(gradient)):
            yield (
                path,
                "exploding",
                float("inf"),
                (f"{path}: the gradient is NaN or infinite. {clip} ({look.rate:.2g}), and look for NaN in the data"),
            )
            return
    names = list(sizes)
    for i, name in enumerate(names):
        later = min((each for each in names[i + 1 :] if sizes[each] > 0), key=sizes.__getitem__, default=name)
        if sizes[name] > EXPLODING * sizes[later] > 0:
            times = sizes[name] / sizes[later]
            yield (
                name,
                "exploding",
                times,
                (
                    f"{_titled(look, name)}: the gradient explodes: here it is {times:.1g} times that at "
                    f"{_titled(look, later)}. {clip}, begin with kernel_initializer='he_normal' or 'glorot_uniform', "
                    "or put BatchNormalization between layers"
                ),
            )
            return
    yield from _exploding_as_a_whole(look, clip)


def _exploding_as_a_whole(look: Look, clip: str) -> Found:
    weights = look.model.trainable_weights
    norm = np.sqrt(sum(float(np.sum(np.square(look.gradients[v.path], dtype=float))) for v in weights))
    size = np.sqrt(sum(float(np.sum(np.square(v.numpy(), dtype=float))) for v in weights))
    if norm > EXPLODING * size > 0:
        yield (
            look.model.name,
            "exploding",
            norm / size,
            (
                f"{look.model.name}: the gradient of all weights is {norm / size:.1g} times their own size. {clip} "
                f"({look.rate:.2g}), and scale inputs and targets"
            ),
        )


def large_steps(look: Look) -> Found:
    """Steps that throw the weights about."""
    for layer in look.layers().values():
        ratio = max((look.steps[v.path] for v in layer.trainable_weights if v.path in look.steps), default=0.0)
        if ratio > STEP[1]:
            yield (
                layer.name,
                "large step",
                ratio,
                (
                    f"{title(layer)}: one step changes its weights by {ratio:.0%} of their size, where 0.1% is usual. "
                    f"Lower the learning rate ({look.rate:.2g}), such as by dividing it by 3"
                ),
            )


def small_steps(look: Look) -> Found:
    """Steps that change nothing anywhere, though there is a gradient."""
    ratio = max(look.steps.values(), default=0.0)
    if look.is_first and 0 < ratio < STEP[0] and not any(vanishing(look)):
        yield (
            look.model.name,
            "small step",
            ratio,
            (
                f"{look.model.name}: one step changes the weights of no layer by more than {ratio:.1g} of their size, "
                f"where 0.001 is usual. Raise the learning rate ({look.rate:.2g})"
            ),
        )


AILMENTS: tuple[Callable[[Look], Found], ...] = (dead, saturated, vanishing, exploding, large_steps, small_steps)


def _titled(look: Look, name: str) -> str:
    return title(look.layers()[name])


def _rms(values: Any) -> float:
    return float(np.sqrt(np.mean(np.square(values, dtype=float)))) if np.size(values) else 0.0
