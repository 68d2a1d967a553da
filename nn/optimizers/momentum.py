"""Rules that follow the gradient, or its sign, with momentum."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..variables import Variable
from .arguments import between
from .base import Optimizer, registry


@registry.add()
class SGD(Optimizer):
    """Gradient descent: w -= η g; with momentum μ: m = μ m - η g, and w += m.

    With `nesterov`: w += μ m - η g (Sutskever et al. 2013, section 2, written for the point ahead). All take
    the arguments of `Optimizer`, too. Raises ValueError for a momentum that is not from 0 to 1.

    >>> from nn import Variable
    >>> w = Variable([1.0])
    >>> optimizer = SGD(learning_rate=0.1, momentum=0.9)
    >>> for _ in range(2):
    ...     optimizer.apply([2 * w.numpy()], [w])
    >>> w
    <Variable path=variable, shape=(1,), dtype=float32, value=[0.46]>
    """

    def __init__(self, learning_rate: Any = 0.01, momentum: float = 0.0, nesterov: bool = False, **common: Any) -> None:
        super().__init__(learning_rate, **common)
        self.momentum, self.nesterov = between("momentum", momentum), nesterov

    def make_slots(self, variables: list[Variable]) -> None:
        self._momentums = self.add_optimizer_variables(variables, "momentum") if self.momentum else []

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        step = gradient * learning_rate
        if not self.momentum:
            return self.assign_sub(variable, step)
        m = self._momentums[self._get_variable_index(variable)]
        self.assign(m, m * self.momentum - step)
        self.assign_add(variable, m * self.momentum - step if self.nesterov else m)


@registry.add()
class Lion(Optimizer):
    """w -= η sign(β₁ m + (1 - β₁) g), then m = β₂ m + (1 - β₂) g (Chen et al. 2023, Algorithm 2).

    Its steps are longer than Adam's: take a third to a tenth of that rate. Raises ValueError for a β₁ that is
    not above 0 (only the sign of g would count), and for β that are not from 0 to 1.

    >>> from nn import Variable
    >>> w = Variable([1.0, 1.0])
    >>> Lion(learning_rate=0.1).apply([np.array([3.0, -0.01])], [w])
    >>> w
    <Variable path=variable, shape=(2,), dtype=float32, value=[0.9 1.1]>
    """

    def __init__(self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.99, **common: Any) -> None:
        super().__init__(learning_rate, **common)
        self.beta_1, self.beta_2 = between("beta_1", beta_1), between("beta_2", beta_2)
        if beta_1 == 0:
            raise ValueError("beta_1 is 0, expected more: with 0 only the gradient's sign counts, and no momentum")

    def make_slots(self, variables: list[Variable]) -> None:
        self._momentums = self.add_optimizer_variables(variables, "momentum")

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        m = self._momentums[self._get_variable_index(variable)]
        self.assign_sub(variable, np.sign(gradient + (m - gradient) * self.beta_1) * learning_rate)
        self.assign_add(m, (gradient - m) * (1 - self.beta_2))
