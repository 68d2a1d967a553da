"""Weight decay: weights that become smaller with each step, beside what their gradients do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ..variables import Variable
from .gradients import cast


class WeightDecay:
    """How much variables decay, and which of them do not."""

    def __init__(self, weight_decay: float | None) -> None:
        self.weight_decay = weight_decay
        self._excluded: tuple[list[Variable], list[str]] = ([], [])

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] | None = None, var_names: str | Iterable[str] | None = None
    ) -> None:
        """Keep variables from decay: some, or all in whose names one of `var_names` is found."""
        names = [var_names] if isinstance(var_names, str) else list(var_names or ())
        self._excluded = (list(var_list or ()), names)

    def _decay_weights(self, variables: list[Variable], rate: Any) -> None:
        """w -= rate * weight_decay * w, beside the rule (Loshchilov & Hutter 2019, "Decoupled weight decay").

        Not w *= 1 - rate * weight_decay: that factor would be rounded, and all weights in the same direction.
        """
        for each in variables if self.weight_decay else ():
            if self._decays(each):
                each.assign_sub(each * (cast(rate, each.dtype) * self.weight_decay))

    def _decays(self, variable: Variable) -> bool:
        variables, names = self._excluded
        return not any(each is variable for each in variables) and not any(
            re.search(name, variable.name) for name in names
        )
