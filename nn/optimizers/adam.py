"""Adam and its kin: momentum, and steps divided by the size of the gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..variables import Variable
from .arguments import between
from .base import Optimizer, registry


class _Moments(Optimizer):
    """What they share: the two moving averages of each gradient, m and v, and how old they are."""

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **common: Any,
    ) -> None:
        super().__init__(learning_rate, **common)
        self.beta_1, self.beta_2 = between("beta_1", beta_1), between("beta_2", beta_2)
        self.epsilon = epsilon

    def make_slots(self, variables: list[Variable]) -> None:
        self._momentums, self._velocities = self.add_optimizer_variables(variables, ["momentum", "velocity"])

    def _moments(self, gradient: Any, variable: Variable) -> tuple[Variable, Variable]:
        """m = β₁ m + (1 - β₁) g and v = β₂ v + (1 - β₂) g²."""
        index = self._get_variable_index(variable)
        m, v = self._momentums[index], self._velocities[index]
        self.assign_add(m, (gradient - m) * (1 - self.beta_1))
        self.assign_add(v, (np.square(gradient) - v) * (1 - self.beta_2))
        return m, v

    def _step(self, variable: Variable) -> Any:
        """t: the number of this update, as a number of the variable's dtype."""
        return (self.iterations + 1).astype(variable.dtype)


@registry.add()
class Adam(_Moments):
    """m and v are moving averages of g and g², and w -= α m / (√v + ε), α = η √(1 - β₂ᵗ) / (1 - β₁ᵗ).

    Kingma & Ba 2015, the more efficient order at the end of section 2, with its ε̂. With `amsgrad` the largest v
    so far divides (Reddi et al. 2018, Algorithm 2). Raises ValueError for β that are not from 0 to 1.

    >>> from nn import Variable
    >>> w = Variable([1.0, 1.0])
    >>> Adam(learning_rate=0.1).apply([np.array([3.0, -0.01])], [w])
    >>> w.numpy().round(3)
    array([0.9, 1.1], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **common: Any,
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **common)
        self.amsgrad = amsgrad

    def make_slots(self, variables: list[Variable]) -> None:
        super().make_slots(variables)
        self._largest = self.add_optimizer_variables(variables, "velocity_hat") if self.amsgrad else []

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        t = self._step(variable)
        alpha = learning_rate * np.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t)
        m, v = self._moments(gradient, variable)
        if self.amsgrad:
            largest = self._largest[self._get_variable_index(variable)]
            self.assign(largest, np.maximum(largest, v))
            v = largest
        self.assign_sub(variable, m * alpha / (np.sqrt(v) + self.epsilon))


@registry.add()
class AdamW(Adam):
    """Adam with decoupled weight decay: w -= η λ w beside each step (Loshchilov & Hutter 2019, Algorithm 2).

    Raises ValueError for a `weight_decay` of None.

    >>> from nn import Variable
    >>> w = Variable([1.0])
    >>> AdamW(learning_rate=0.1, weight_decay=0.5).apply([np.array([0.0])], [w])
    >>> w
    <Variable path=variable, shape=(1,), dtype=float32, value=[0.95]>
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **common: Any,
    ) -> None:
        if weight_decay is None:
            raise ValueError("AdamW: weight_decay is None, expected a number; without decay take Adam")
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **common)


@registry.add()
class Adamax(_Moments):
    """Adam with the largest gradient in place of v: u = max(β₂ u, |g|), and w -= η m / ((1 - β₁ᵗ) (u + ε)).

    Kingma & Ba 2015, Algorithm 2. Raises ValueError for β that are not from 0 to 1.

    >>> from nn import Variable
    >>> w = Variable([1.0])
    >>> Adamax(learning_rate=0.1).apply([np.array([4.0])], [w])
    >>> w.numpy().round(3)
    array([0.9], dtype=float32)
    """

    def make_slots(self, variables: list[Variable]) -> None:
        self._momentums, self._norms = self.add_optimizer_variables(variables, ["momentum", "norm"])

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        index = self._get_variable_index(variable)
        m, u = self._momentums[index], self._norms[index]
        alpha = learning_rate / (1 - self.beta_1 ** self._step(variable))
        self.assign_add(m, (gradient - m) * (1 - self.beta_1))
        self.assign(u, np.maximum(u * self.beta_2, np.abs(gradient)))
        self.assign_sub(variable, m * alpha / (u + self.epsilon))


@registry.add()
class Nadam(_Moments):
    """Adam with Nesterov's momentum, which grows with time: μₜ = β₁ (1 - 0.96ᵗ / 2).

    w -= η m̂ / (√v̂ + ε) with v̂ = v / (1 - β₂ᵗ), and of Πₜ = μ₁ ⋯ μₜ
    m̂ = μₜ₊₁ m / (1 - Πₜ₊₁) + (1 - μₜ) g / (1 - Πₜ) (Dozat 2016, Algorithm 8). Raises ValueError for β that
    are not from 0 to 1.

    >>> from nn import Variable
    >>> w = Variable([1.0])
    >>> Nadam(learning_rate=0.1).apply([np.array([4.0])], [w])
    >>> w.numpy().round(3)
    array([0.894], dtype=float32)
    """

    def make_slots(self, variables: list[Variable]) -> None:
        super().make_slots(variables)
        self._product = self.add_variable((), "ones", name="product")

    def begin_update(self) -> None:
        self.assign(self._product, self._product * self._momentum(self._step(self._product)))

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        t = self._step(variable)
        now, following, age = self._momentum(t), self._momentum(t + 1), 1 - self.beta_2**t
        product = self._product.astype(variable.dtype)
        old, new = following / (1 - product * following), (1 - now) / (1 - product)
        m, v = self._moments(gradient, variable)
        step = m * (learning_rate * old) + gradient * (learning_rate * new)
        self.assign_sub(variable, step / (np.sqrt(v / age) + self.epsilon))

    def _momentum(self, t: Any) -> Any:
        """μₜ."""
        return self.beta_1 * (1 - 0.5 * 0.96**t)


@registry.add()
class Lamb(_Moments):
    """Adam's step, as long for each variable as the variable is: r = m̂ / (√v̂ + ε), and w -= η (‖w‖ / ‖r‖) r.

    m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ) (You et al. 2020, Algorithm 2); w -= η r where one of the norms is 0.
    Raises ValueError for β that are not from 0 to 1.

    >>> from nn import Variable
    >>> w = Variable([3.0, 4.0])
    >>> Lamb(learning_rate=0.1).apply([np.array([4.0, 0.0])], [w])
    >>> w.numpy().round(3)
    array([2.5, 4. ], dtype=float32)
    """

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        t = self._step(variable)
        old, age = 1 - self.beta_1**t, 1 - self.beta_2**t
        m, v = self._moments(gradient, variable)
        step = m / old / (np.sqrt(v / age) + self.epsilon)
        size, length = np.sqrt(np.sum(np.square(variable))), np.sqrt(np.sum(np.square(step)))
        ratio = np.where((size > 0) & (length > 0), size / np.where(length > 0, length, 1), 1)
        self.assign_sub(variable, step * (learning_rate * ratio))
