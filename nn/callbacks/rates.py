"""The learning rate as a number."""

from __future__ import annotations

from typing import Any

import numpy as np


def rate_of(model: Any) -> float:
    """The learning rate of a model's optimizer, as it is now."""
    return float(np.asarray(model.optimizer.learning_rate))
