"""Noise that is given: nn's layers add, or drop by, the very numbers that Keras' layers draw.

Keras itself is left as it is. Before each step a layer of it is asked, with the seed that it will take in that step,
what it does to zeros and to ones: all such layers multiply each element by a number, or add one. The generator of nn's
layer is replaced by one whose draws have that effect.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np


class Given(np.random.Generator):
    """A generator that gives what it was told: draws with the effect of a layer's next call."""

    def __init__(self, layer: Any) -> None:
        super().__init__(np.random.PCG64(0))
        self.layer, self.effect = layer, np.zeros(())

    def random(self, size: Any = None, dtype: Any = float, out: Any = None) -> Any:
        """For dropout, where an effect is a factor: 0 where that is 0, else 1; along axes of size 1 the first."""
        kept = self.effect[tuple(slice(side) for side in size)] != 0
        return _into(out, kept.astype(dtype))

    def standard_normal(self, size: Any = None, dtype: Any = float, out: Any = None) -> Any:
        """The normal numbers behind noise that is added, or of mean 1 and multiplies."""
        if adds(self.layer):
            return _into(out, (self.effect / self.layer.stddev).astype(dtype))
        rate = self.layer.rate
        return _into(out, ((self.effect - 1) / math.sqrt(rate / (1 - rate))).astype(dtype))


def _into(out: Any, drawn: Any) -> Any:
    if out is None:
        return drawn
    out[...] = drawn
    return out


def adds(layer: Any) -> bool:
    """Whether a layer adds its noise; the others multiply by it."""
    return hasattr(layer, "stddev")


def noisy_layers(model: Any) -> list[Any]:
    """The layers that draw random numbers, of nn or of Keras."""
    return [each for each in model.layers if adds(each) or hasattr(each, "rate")]


def asked(model: Any, rows: int) -> list[Any]:
    """The effects of the next call of each noisy layer of a model of Keras, for a batch of so many rows."""
    return [_asked(each, (rows, *each.output.shape[1:])) for each in noisy_layers(model)]


def _asked(layer: Any, shape: tuple[int, ...]) -> Any:
    """What is added to 0, or what 1 is multiplied by; afterwards the layer goes on as if nobody had asked."""
    seed = layer.seed_generator.state
    before, dtype = np.array(seed.numpy()), layer.compute_dtype
    answers = []
    for value in (0, 1):
        answers.append(np.asarray(layer(np.full(shape, value, dtype), training=True)))
        seed.assign(before)
    return answers[0] if adds(layer) else answers[1] - answers[0]


def give(model: Any) -> list[Given]:
    """Generators that can be told what to give, put into the noisy layers of a model of nn.

    Such a model runs as Python: a compiled program looks whether its generators go on as those of NumPy.
    """
    layers = noisy_layers(model)
    model.run_eagerly |= bool(layers)
    for layer in layers:
        layer.generator = Given(layer)
    return [layer.generator for layer in layers]


def tell(generators: list[Given], effects: Any) -> None:
    """What each generator is to give next."""
    for generator, effect in zip(generators, effects, strict=True):
        generator.effect = effect
