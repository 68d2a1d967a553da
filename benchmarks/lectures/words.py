"""Slips that were read, not computed: years, and words that no engine can weigh."""

from __future__ import annotations

from typing import NamedTuple


class Reading(NamedTuple):
    """What is printed, and what a reader would put in its place."""

    lecture: str
    printed: str
    right: str


READINGS = (
    Reading("002 / 000", "the perceptron, invented in 1957 / proposed in 1958", "both years are quoted for Rosenblatt"),
    Reading("004", "Glorot (2000), in the table; LeCunn (1999)", "2010, as its own text says; LeCun, 1998"),
    Reading("003", "“Online learning ~ gradient descent”, “Batch learning ~ Stochastic gradient descent”",
            "the other way round, as its own slide on stochastic gradient descent says"),
    Reading("003", "“Validation_split = for cross-validation”", "a hold-out split"),
    Reading("004", "boosting, “Example: random forests”", "random forests are bagging"),
    Reading("000/001", "larger batches “at the expense of a longer training time”", "an epoch is shorter, as 002 says"),
    Reading("002", "categorical cross-entropy where there are “more than K classes (with K > 2)”", "K classes"),
    Reading("002", "profiling batches 100–200: “It takes a few epochs … to warm up”", "batches"),
)  # fmt: skip
