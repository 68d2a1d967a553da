"""Losses as metrics, and what else tells how near numbers are: root mean squared error, R²."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import losses
from ..losses.shapes import aligned, as_dtype, fitting
from .metric import Mean, Metric, constant, mean_of, quotient, registry


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """The cosine of the angle between both along `axis`: the loss of that name without its minus."""
    return -losses.cosine_similarity(y_true, y_pred, axis)


MeanSquaredError = mean_of("MeanSquaredError", losses.mean_squared_error, "mse", "MSE")
MeanAbsoluteError = mean_of("MeanAbsoluteError", losses.mean_absolute_error, "mae", "MAE")
MeanAbsolutePercentageError = mean_of(
    "MeanAbsolutePercentageError", losses.mean_absolute_percentage_error, "mape", "MAPE"
)
MeanSquaredLogarithmicError = mean_of(
    "MeanSquaredLogarithmicError", losses.mean_squared_logarithmic_error, "msle", "MSLE"
)
LogCoshError = mean_of("LogCoshError", losses.log_cosh, name="logcosh")
CosineSimilarity = mean_of("CosineSimilarity", cosine_similarity)
Hinge = mean_of("Hinge", losses.hinge)
SquaredHinge = mean_of("SquaredHinge", losses.squared_hinge)
CategoricalHinge = mean_of("CategoricalHinge", losses.categorical_hinge)
KLDivergence = mean_of("KLDivergence", losses.kl_divergence)
Poisson = mean_of("Poisson", losses.poisson)
BinaryCrossentropy = mean_of(
    "BinaryCrossentropy", losses.binary_crossentropy, "bce", "BCE", order="name dtype from_logits label_smoothing"
)
CategoricalCrossentropy = mean_of("CategoricalCrossentropy", losses.categorical_crossentropy)
SparseCategoricalCrossentropy = mean_of("SparseCategoricalCrossentropy", losses.sparse_categorical_crossentropy)


@registry.add()
class RootMeanSquaredError(Mean):
    """The root of the mean of (y_true − y_pred)² over all samples and outputs.

    >>> float(RootMeanSquaredError()(np.array([[0.0], [0.0]]), np.array([[3.0], [4.0]])))
    3.535533905029297
    """

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # type: ignore[override]  # a mean is of values, this one is of what makes them
        y_true, y_pred = aligned(self.name, constant(y_true), constant(y_pred))
        super().update_state((y_pred - y_true) ** 2, sample_weight)

    def result(self) -> Any:
        return np.sqrt(super().result())


@registry.add()
class R2Score(Metric):
    """1 − Σ (y_true − y_pred)² / Σ (y_true − mean)², for predictions of shape (N, outputs).

    `class_aggregation` is 'uniform_average' of the outputs, 'variance_weighted_average', or None for one score
    each. `num_regressors` adjusts the score of one output for as many inputs. Where all targets are equal the
    score is 1 for predictions without error, and 0 otherwise. Batches are merged by their means (Chan et al.,
    1979), so that targets far from 0 lose no digits.

    >>> float(R2Score()(np.array([[1.0], [2.0], [3.0]]), np.array([[1.0], [2.0], [4.0]])))
    0.5
    """

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(dtype, name)
        if class_aggregation not in (None, "uniform_average", "variance_weighted_average"):
            raise ValueError(
                f"R2Score: class_aggregation is {class_aggregation!r}, expected None, 'uniform_average' "
                "or 'variance_weighted_average'"
            )
        if num_regressors < 0:
            raise ValueError(f"R2Score: num_regressors is {num_regressors}, expected 0 or more")
        self.class_aggregation, self.num_regressors = class_aggregation, num_regressors
        self.num_samples = self.add_variable((), name="num_samples")
        self.built = False

    def build(self, y_true_shape: Any, y_pred_shape: Any) -> None:
        """Make the state for a number of outputs: the last side of the shapes."""
        if len(y_pred_shape) != 2:
            raise ValueError(f"{self.name}: y_pred has shape {tuple(y_pred_shape)}, expected (samples, outputs)")
        if self.num_regressors and y_pred_shape[-1] != 1:
            raise ValueError(
                f"{self.name}: num_regressors adjusts the score of one output, but y_pred has {y_pred_shape[-1]}; "
                "make one R2Score for each, or leave num_regressors 0"
            )
        outputs = (y_pred_shape[-1],)
        self.count = self.add_variable((), name="count")
        self.mean = self.add_variable(outputs, name="mean")
        self.spread, self.residual = (
            self.add_variable(outputs, name="spread"),
            self.add_variable(outputs, name="residual"),
        )
        self.built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_true, y_pred = aligned(self.name, constant(y_true), as_dtype(constant(y_pred), self.dtype))
        if not self.built:
            self.build(y_true.shape, y_pred.shape)
        weights = np.ones((), self.dtype) if sample_weight is None else constant(sample_weight)
        weights = np.broadcast_to(fitting(self.name, weights, y_pred, per_sample=True), (len(y_pred), 1))
        batch = np.sum(weights)
        count = self.count + batch
        mean = quotient(np.sum(weights * y_true, axis=0), batch)
        shift = mean - self.mean
        self.residual.assign_add(np.sum(weights * (y_pred - y_true) ** 2, axis=0))
        self.spread.assign_add(np.sum(weights * (y_true - mean) ** 2, axis=0))
        self.spread.assign_add(shift**2 * quotient(self.count * batch, count))
        self.mean.assign_add(shift * quotient(batch, count))
        self.count.assign(count)
        self.num_samples.assign_add(len(y_pred))

    def result(self) -> Any:
        if not self.built:
            return self.num_samples + 0
        flat = self.spread == 0
        exact = as_dtype(self.residual == 0, self.dtype)
        score = np.where(flat, exact, 1 - self.residual / np.where(flat, 1, self.spread))
        return self._adjusted(self._aggregated(score))

    def _aggregated(self, score: Any) -> Any:
        if self.class_aggregation is None:
            return score
        if self.class_aggregation == "uniform_average":
            return np.mean(score)
        return quotient(np.sum(score * self.spread), np.sum(self.spread))

    def _adjusted(self, score: Any) -> Any:
        """For the number of inputs; as it is where there are too few samples for that."""
        if not self.num_regressors:
            return score
        free = self.num_samples - self.num_regressors - 1
        return np.where(free > 0, 1 - (1 - score) * (self.num_samples - 1) / np.where(free > 0, free, 1), score)
