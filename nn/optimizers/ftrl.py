"""Follow the regularized leader: for sparse, linear models of many features."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ..variables import Variable
from .arguments import between
from .base import Optimizer, registry


@registry.add()
class Ftrl(Optimizer):
    """The weights that would have been best so far, with the penalties λ₁ |w| and λ₂ w².

    With n the sum of g² (at first `initial_accumulator_value`), p = -learning_rate_power and s = nᵖ / η:
    z += g - (s - s of before) w, and w = (clip(z, -λ₁, λ₁) - z) / (s + β/η + 2 λ₂) (McMahan et al. 2013,
    Algorithm 1, whose p is 1/2 and whose λ₂ is twice this one). `l2_shrinkage_regularization_strength` adds
    twice itself times w to the gradient in z. Raises ValueError for a positive power, and for negative strengths.

    >>> from nn import Variable
    >>> w = Variable([0.0, 0.0])
    >>> Ftrl(learning_rate=1.0, l1_regularization_strength=0.5).apply([np.array([2.0, 0.1])], [w])
    >>> w.numpy().round(3)
    array([-0.741,  0.   ], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        **common: Any,
    ) -> None:
        super().__init__(learning_rate, **common)
        most = float("inf")
        self.learning_rate_power = between("learning_rate_power", learning_rate_power, -most, 0)
        self.initial_accumulator_value = between("initial_accumulator_value", initial_accumulator_value, 0, most)
        self.l1_regularization_strength = between("l1_regularization_strength", l1_regularization_strength, 0, most)
        self.l2_regularization_strength = between("l2_regularization_strength", l2_regularization_strength, 0, most)
        self.l2_shrinkage_regularization_strength = between(
            "l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength, 0, most
        )
        self.beta = beta

    def make_slots(self, variables: list[Variable]) -> None:
        filled = partial(np.full, fill_value=self.initial_accumulator_value)
        self._accumulators, self._linears = [], []
        for each in variables:
            self._accumulators.append(self.add_variable_from_reference(each, "accumulator", filled))
            self._linears.append(self.add_variable_from_reference(each, "linear"))

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        index = self._get_variable_index(variable)
        n, z, l1 = self._accumulators[index], self._linears[index], self.l1_regularization_strength
        before = n**-self.learning_rate_power
        self.assign_add(n, np.square(gradient))
        after = n**-self.learning_rate_power
        if self.l2_shrinkage_regularization_strength:
            gradient = gradient + 2 * self.l2_shrinkage_regularization_strength * variable
        self.assign_add(z, gradient - (after - before) / learning_rate * variable)
        curvature = (after + self.beta) / learning_rate + 2 * self.l2_regularization_strength
        self.assign(variable, (np.clip(z, -l1, l1) - z) / curvature)
