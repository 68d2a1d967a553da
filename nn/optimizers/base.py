"""What all optimizers share: the rate, gradients made ready, slots, and when a variable takes its new value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

import autodiff as ad

from ..registry import Configured, Registry, plain, snake_case
from ..settings import floatx
from ..variables import Variable
from .arguments import between, one_of, refuse, whole
from .gradients import cast, clipped_by_global_norm, clipped_by_norm, clipped_by_value, present
from .rates import current, new_rate, restored
from .slots import Slots
from .weight_decay import WeightDecay

registry = Registry("optimizer")


class Optimizer(Slots, WeightDecay, Configured):
    """Changes variables by their gradients; a rule of your own is a subclass that writes `update_step`.

    `learning_rate` is a number, a schedule, or a function without arguments. One update is, in this order:
    gradients divided by `loss_scale_factor`; their mean over `gradient_accumulation_steps` calls; clipped
    each by its norm (`clipnorm`), all by their common norm (`global_clipnorm`) or element by element
    (`clipvalue`); `w -= learning_rate * weight_decay * w`; the rule; the moving average of the variables
    (`use_ema`, `ema_momentum`), which every `ema_overwrite_frequency` iterations takes their place; the
    constraints of the variables. Of tf.keras are `lr=`, another name of the rate, and `decay=`: the rate is
    then learning_rate / (1 + decay * iterations).

    Moments and rates have the dtype of each variable. All of `keras.optimizers.Optimizer` is meant the same.
    Raises ValueError for arguments that it does not know, or that contradict each other.

    >>> from nn import Variable
    >>> class Signs(Optimizer):
    ...     def update_step(self, gradient, variable, learning_rate):
    ...         self.assign_sub(variable, learning_rate * np.sign(gradient))
    >>> w = Variable([1.0, 2.0])
    >>> Signs(learning_rate=0.5).apply([np.array([-3.0, 0.1])], [w])
    >>> w
    <Variable path=variable, shape=(2,), dtype=float32, value=[1.5 1.5]>
    """

    def __init__(
        self,
        learning_rate: Any,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        lr: Any = None,
        decay: float | None = None,
        **unknown: Any,
    ) -> None:
        refuse(type(self), unknown)
        self.name = name or snake_case(type(self).__name__)
        self.loss_scale_factor = loss_scale_factor
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self.use_ema, self.ema_momentum = use_ema, between("ema_momentum", ema_momentum)
        self.ema_overwrite_frequency = whole("ema_overwrite_frequency", ema_overwrite_frequency, 1)
        self.gradient_accumulation_steps = whole("gradient_accumulation_steps", gradient_accumulation_steps, 2)
        one_of(clipnorm=clipnorm, clipvalue=clipvalue, global_clipnorm=global_clipnorm)
        self.built = False
        self._iterations = Variable(0, (), "int32", False, "iteration", f"{self.name}/iteration")
        self._learning_rate = new_rate(learning_rate if lr is None else lr, self.name)
        if decay is not None and not isinstance(self._learning_rate, Variable):
            raise ValueError(f"{type(self).__name__}: decay={decay} needs a number as its rate, got a schedule")
        self._decay = decay
        Slots.__init__(self)
        self._trainable: list[Variable] = []
        self._averages: list[Variable] = []
        self._totals: list[Variable] = []
        self._index: dict[int, int] = {}
        WeightDecay.__init__(self, weight_decay)

    # What it keeps

    @property
    def iterations(self) -> Any:
        """How many updates there were; with gradient accumulation fewer than calls."""
        steps = self.gradient_accumulation_steps
        return self._iterations // steps if steps else self._iterations

    @property
    def learning_rate(self) -> Any:
        """The rate as it is now: a variable that can be set to a number, or what the schedule gives."""
        return current(self._learning_rate, self._iterations)

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        """Take a number, also between compiled steps; or a schedule, which needs a new trace."""
        if callable(value):
            self._learning_rate = new_rate(value, self.name)
        elif isinstance(self._learning_rate, Variable):
            self._learning_rate.assign(value)
        else:
            raise TypeError(
                f"learning_rate = {value!r}: the rate of {self.name!r} follows {self._learning_rate!r}, so that a "
                "number would be forgotten; make the optimizer with a number as its rate"
            )

    @property
    def variables(self) -> list[Variable]:
        """Iterations, the rate where it is a number, and all slots, in Keras' order."""
        rate = [self._learning_rate] if isinstance(self._learning_rate, Variable) else []
        return [self._iterations, *rate, *self._slots]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same optimizer, without its state."""
        decay = {} if self._decay is None else {"decay": self._decay}
        return {**super().get_config(), "learning_rate": plain(self._learning_rate), **decay}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """An optimizer made of a config, as `get_config` gives it."""
        return cls(**{name: restored(value) if name == "learning_rate" else value for name, value in config.items()})

    # What a rule of one's own needs

    def build(self, variables: Iterable[Variable]) -> None:
        """Make the slots for variables, once. Raises TypeError for tensors that cannot be assigned."""
        variables = list(variables)
        if self.built:
            return self._check_known(variables)
        for each in variables:
            if not isinstance(each, Variable):
                raise TypeError(f"{self.name}.build: got {each!r}, expected variables; make it one: nn.Variable(...)")
        self._trainable = variables
        self._index = _places(variables)
        if self.use_ema:
            self._averages = self.add_optimizer_variables(variables, "average")
        if self.gradient_accumulation_steps:
            self._totals = self.add_optimizer_variables(variables, "gradient_accumulator")
        self.built = True
        self.make_slots(variables)

    def make_slots(self, variables: list[Variable]) -> None:
        """Add what the rule keeps beside the variables; here nothing."""

    def begin_update(self) -> None:
        """What the rule does once in an update, before the variables; here nothing."""

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Change one variable by its gradient: this is the rule."""
        raise NotImplementedError(f"{type(self).__name__} writes no update_step(gradient, variable, learning_rate)")

    def assign(self, variable: Variable, value: Any) -> None:
        """Give a variable a value."""
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        """Add to a variable."""
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """Take from a variable."""
        variable.assign_sub(value)

    def _get_variable_index(self, variable: Variable) -> int:
        """The place of a variable among those that it was built for: Keras' name, which own rules call."""
        return self._index[id(variable)]

    def __setstate__(self, state: dict[str, Any]) -> None:
        """A copy knows the copies of its variables."""
        vars(self).update(state)
        self._index = _places(self._trainable)

    # One update

    def apply(self, gradients: Iterable[Any], trainable_variables: Iterable[Variable] | None = None) -> None:
        """Change variables by their gradients, of which None are left out with a warning.

        Raises ValueError for gradients that are too many, too few, all None or of another shape, and for
        variables that the optimizer was not built for.
        """
        if trainable_variables is None and not self.built:
            raise ValueError(f"{self.name}.apply: it has no variables yet; give them, or call build(variables) before")
        variables = self._trainable if trainable_variables is None else list(trainable_variables)
        if self.built:
            self._check_known(variables)
        else:
            self.build(variables)
        gradients, variables = present(list(gradients), variables, self.name)
        with ad.no_grad():
            if self.loss_scale_factor:
                gradients = [each / self.loss_scale_factor for each in gradients]
            if self.gradient_accumulation_steps:
                self._update_when_due(gradients, variables)
            else:
                self._update(gradients, variables)
            self._average(variables)
            for each in variables:
                if each.constraint is not None:
                    each.assign(each.constraint(each))
            self._iterations.assign_add(1)

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Variable:
        """Change variables by their gradients, given as pairs; returns the iterations."""
        pairs = list(grads_and_vars)
        self.apply([gradient for gradient, _ in pairs], [variable for _, variable in pairs])
        return self._iterations

    def scale_loss(self, loss: Any) -> Any:
        """The loss times `loss_scale_factor`: its gradients keep away from 0 in low precision."""
        return loss * self.loss_scale_factor if self.loss_scale_factor else loss

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        """At the end of training: variables become their moving averages, where there are some."""
        variables = list(var_list) if self.use_ema else []
        self._check_known(variables)
        for each in variables:
            each.assign(self._averages[self._get_variable_index(each)])

    def _update(self, gradients: list[Any], variables: list[Variable]) -> None:
        rate = self.learning_rate
        if self._decay is not None:
            rate = rate / (1 + self._decay * self._iterations.astype(floatx()))
        gradients = self._clip(gradients)
        self._decay_weights(variables, rate)
        self.begin_update()
        for gradient, variable in zip(gradients, variables, strict=True):
            self.update_step(gradient, variable, cast(rate, variable.dtype))

    def _update_when_due(self, gradients: list[Any], variables: list[Variable]) -> None:
        """Update with the mean gradient of the last calls, and keep that only in each k-th call.

        A choice instead of a branch, so that one compiled program does for all calls.
        """
        steps = self.gradient_accumulation_steps
        is_due = (self._iterations + 1) % steps == 0
        others = {id(each) for each in (*self._averages, *self._totals)}
        state = [*variables, *[each for each in self._slots if id(each) not in others]]
        before = [each.detach() for each in state]
        totals = [self._totals[self._get_variable_index(each)] for each in variables]
        for total, gradient in zip(totals, gradients, strict=True):
            total.assign_add(gradient)
        self._update([total / steps for total in totals], variables)
        for each, old in zip(state, before, strict=True):
            each.assign(np.where(is_due, each, old))
        for total in totals:
            total.assign(np.where(is_due, 0, total))

    def _clip(self, gradients: list[Any]) -> list[Any]:
        if self.clipnorm:
            return [clipped_by_norm(each, self.clipnorm) for each in gradients]
        if self.global_clipnorm:
            return clipped_by_global_norm(gradients, self.global_clipnorm)
        return [clipped_by_value(each, self.clipvalue) for each in gradients] if self.clipvalue else gradients

    def _average(self, variables: list[Variable]) -> None:
        """The moving averages, at first the variables themselves; as in Keras, in each call."""
        if not self.use_ema:
            return
        iterations, frequency = self.iterations, self.ema_overwrite_frequency
        for each in variables:
            average = self._averages[self._get_variable_index(each)]
            share = 1 - self.ema_momentum * (iterations > 0).astype(each.dtype)
            average.assign_add((each - average) * share)
            if frequency:
                each.assign(np.where((iterations + 1) % frequency == 0, average, each))

    def _check_known(self, variables: list[Variable]) -> None:
        for each in variables:
            if id(each) not in self._index:
                raise ValueError(
                    f"{self.name} was built for {len(self._trainable)} other variables, got {each!r}; "
                    "make a new optimizer for other variables"
                )


def _places(variables: list[Variable]) -> dict[int, int]:
    return {id(each): i for i, each in enumerate(variables)}
