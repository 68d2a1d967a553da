"""Rules that divide each element's step by the size of its gradients so far."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ..variables import Variable
from .arguments import between
from .base import Optimizer, registry


@registry.add()
class RMSprop(Optimizer):
    """v = ρ v + (1 - ρ) g², and w -= η g / √(v + ε) (Tieleman & Hinton 2012, lecture 6.5).

    `centered`: v less the squared mean gradient, which is kept like v (Graves 2013, eq. 38-45). With momentum μ:
    m = μ m + the step, and w -= m. Raises ValueError for ρ and μ that are not from 0 to 1.

    >>> from nn import Variable
    >>> w = Variable([1.0])
    >>> RMSprop(learning_rate=0.1, rho=0.75).apply([np.array([4.0])], [w])
    >>> w
    <Variable path=variable, shape=(1,), dtype=float32, value=[0.8]>
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **common: Any,
    ) -> None:
        super().__init__(learning_rate, **common)
        self.rho, self.momentum = between("rho", rho), between("momentum", momentum)
        self.epsilon, self.centered = epsilon, centered

    def make_slots(self, variables: list[Variable]) -> None:
        self._velocities = self.add_optimizer_variables(variables, "velocity")
        self._momentums = self.add_optimizer_variables(variables, "momentum") if self.momentum else []
        self._means = self.add_optimizer_variables(variables, "average_gradient") if self.centered else []

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        index = self._get_variable_index(variable)
        v = self._velocities[index]
        self.assign_add(v, (np.square(gradient) - v) * (1 - self.rho))
        variance = v
        if self.centered:
            mean = self._means[index]
            self.assign_add(mean, (gradient - mean) * (1 - self.rho))
            variance = v - np.square(mean)
        step = gradient * learning_rate / np.sqrt(variance + self.epsilon)
        if self.momentum:
            m = self._momentums[index]
            self.assign(m, m * self.momentum + step)
            step = m
        self.assign_sub(variable, step)


@registry.add()
class Adagrad(Optimizer):
    """a = a + g², and w -= η g / √(a + ε) (Duchi et al. 2011, section 1.1, with its diagonal).

    `initial_accumulator_value` is a at first. Raises ValueError where that is negative.

    >>> from nn import Variable
    >>> w = Variable([1.0])
    >>> Adagrad(learning_rate=0.1, initial_accumulator_value=0.0).apply([np.array([4.0])], [w])
    >>> w
    <Variable path=variable, shape=(1,), dtype=float32, value=[0.9]>
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **common: Any,
    ) -> None:
        super().__init__(learning_rate, **common)
        self.initial_accumulator_value = between(
            "initial_accumulator_value", initial_accumulator_value, 0, float("inf")
        )
        self.epsilon = epsilon

    def make_slots(self, variables: list[Variable]) -> None:
        filled = partial(np.full, fill_value=self.initial_accumulator_value)
        self._accumulators = self.add_optimizer_variables(variables, "accumulator", filled)

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        total = self._accumulators[self._get_variable_index(variable)]
        self.assign_add(total, np.square(gradient))
        self.assign_sub(variable, gradient * learning_rate / np.sqrt(total + self.epsilon))


@registry.add()
class Adadelta(Optimizer):
    """Steps in the unit of the weights: Δ = g √(d + ε) / √(a + ε), and w -= η Δ (Zeiler 2012, Algorithm 1).

    a and d are moving averages of g² and Δ², with the share ρ of the old. The paper has η = 1. Raises ValueError
    for a ρ that is not from 0 to 1.

    >>> from nn import Variable
    >>> w = Variable([1.0])
    >>> Adadelta(learning_rate=1.0, rho=0.0, epsilon=0.25).apply([np.array([0.0])], [w])
    >>> w
    <Variable path=variable, shape=(1,), dtype=float32, value=[1.]>
    """

    def __init__(self, learning_rate: Any = 0.001, rho: float = 0.95, epsilon: float = 1e-7, **common: Any) -> None:
        super().__init__(learning_rate, **common)
        self.rho, self.epsilon = between("rho", rho), epsilon

    def make_slots(self, variables: list[Variable]) -> None:
        names = ["accumulated_grad", "accumulated_delta_var"]
        self._gradients, self._deltas = self.add_optimizer_variables(variables, names)

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        index = self._get_variable_index(variable)
        a, d = self._gradients[index], self._deltas[index]
        self.assign_add(a, (np.square(gradient) - a) * (1 - self.rho))
        delta = gradient * np.sqrt((d + self.epsilon) / (a + self.epsilon))
        self.assign_add(d, (np.square(delta) - d) * (1 - self.rho))
        self.assign_sub(variable, delta * learning_rate)
