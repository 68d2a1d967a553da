"""Confusion matrices, and what they tell of regions: intersection over union."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autodiff as ad

from ..losses.labels import checked
from ..losses.shapes import arrayed, as_dtype, fitting, matched
from .metric import Metric, constant, quotient, registry


class _Counting(Metric):
    """A matrix of counts: a row for each true class, a column for each predicted one."""

    def __init__(self, num_classes: int, name: str | None, dtype: Any) -> None:
        super().__init__(dtype, name)
        if num_classes < 1:
            raise ValueError(f"{self.name}: num_classes is {num_classes}, expected 1 or more")
        self.num_classes = num_classes
        self.matrix = self.add_variable((num_classes, num_classes), name="total_confusion_matrix")

    def _count(self, true: Any, pred: Any, weights: Any, ignored: int | None = None) -> None:
        """Add labels to the matrix; both lie in [0, classes), except where the true one is ignored."""
        true, pred = matched(self.name, true, pred)
        weights = np.ones((), self.dtype) if weights is None else as_dtype(arrayed(constant(weights)), self.dtype)
        weights = fitting(self.name, weights, np.empty(true.shape, self.dtype), per_sample=True)
        if ignored is not None:
            weights = weights * (true != ignored)
            true, pred = np.where(true != ignored, true, 0), np.where(true != ignored, pred, 0)
        classes = self.num_classes
        places = checked(true, classes) * classes + checked(pred, classes)
        weights = np.broadcast_to(as_dtype(weights, self.dtype), true.shape)
        added = ad.at(np.zeros(classes**2, self.dtype))[places.reshape(-1)].add(weights.reshape(-1))
        self.matrix.assign_add(added.reshape(classes, classes))


@registry.add()
class ConfusionMatrix(_Counting):
    """How often each class (row) was taken for each (column): an array (num_classes, num_classes); not in Keras.

    `y_true` holds labels; `y_pred` labels, too, or scores, of which the largest along the last axis counts.

    >>> ConfusionMatrix(2)(np.array([0, 1, 1]), np.array([0, 1, 0]))
    tensor([[1., 0.],
            [1., 1.]], dtype=float32)
    """

    def __init__(self, num_classes: int, name: str | None = "confusion_matrix", dtype: Any = None) -> None:
        super().__init__(num_classes, name, dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_true, y_pred = constant(y_true), constant(y_pred)
        if (
            y_pred.ndim
            and y_pred.shape[-1] == self.num_classes
            and y_pred.shape[:-1] in (y_true.shape, y_true.shape[:-1])
        ):
            y_pred = np.argmax(y_pred, axis=-1)
        self._count(y_true, y_pred, sample_weight)

    def result(self) -> Any:
        return self.matrix + 0


@registry.add()
class IoU(_Counting):
    """The mean over `target_class_ids` of TP / (TP + FP + FN); classes that were never met are left out.

    Labels lie in [0, num_classes), or equal `ignore_class`. With `sparse_y_true=False` and `sparse_y_pred=False`
    the largest along `axis` counts.

    >>> float(IoU(2, [0])(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])))
    0.5
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, name, dtype)
        if not all(0 <= each < num_classes for each in target_class_ids):
            raise ValueError(f"{self.name}: target_class_ids are {target_class_ids}, expected [0, {num_classes - 1}]")
        self.target_class_ids = list(target_class_ids)
        self.ignore_class, self.axis = ignore_class, axis
        self.sparse_y_true, self.sparse_y_pred = sparse_y_true, sparse_y_pred

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y_true, y_pred = constant(y_true), constant(y_pred)
        true = y_true if self.sparse_y_true else np.argmax(y_true, axis=self.axis)
        pred = y_pred if self.sparse_y_pred else np.argmax(y_pred, axis=self.axis)
        self._count(true, pred, sample_weight, self.ignore_class)

    def result(self) -> Any:
        hits = np.diagonal(self.matrix)[self.target_class_ids]
        union = (np.sum(self.matrix, axis=0) + np.sum(self.matrix, axis=1))[self.target_class_ids] - hits
        met = np.sum(as_dtype(union > 0, self.dtype))
        return quotient(np.sum(quotient(hits, union)), met)


@registry.add()
class MeanIoU(IoU):
    """`IoU`, of all classes."""

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, range(num_classes), name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)


@registry.add()
class OneHotIoU(IoU):
    """`IoU` of one-hot targets, and of scores or (`sparse_y_pred=True`) labels."""

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)


@registry.add()
class OneHotMeanIoU(OneHotIoU):
    """`OneHotIoU`, of all classes."""

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, range(num_classes), name, dtype, ignore_class, sparse_y_pred, axis)


@registry.add()
class BinaryIoU(IoU):
    """`IoU` of the classes 0 and 1; predicted is 1 from a score of `threshold` on."""

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        super().update_state(y_true, as_dtype(constant(y_pred) >= self.threshold, np.intp), sample_weight)
