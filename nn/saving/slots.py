"""The state of optimizers in the order of Keras 1 and 2: kind by kind, where now it is variable by variable."""

from __future__ import annotations

from typing import Any

from ..variables import Variable


def arranged(optimizer: Any, names: list[str]) -> list[tuple[Variable, str]] | None:
    """The optimizer's variables with the names that they have in a file, None where these cannot be told apart.

    A file has the iterations, perhaps the rate, and then slots: of each variable all (`momentum`, `velocity`,
    `momentum`, ...), as since Keras 2.11, or of all variables one kind after the other.
    """
    counters, slots = _heads(optimizer)
    before = [name for name in names if _last(name) in ("iteration", "iter", "iterations", "learning_rate")]
    stored = [name for name in names if name not in before]
    if not before and len(stored) == len(slots) + 1:  # Keras 2 without names: the iterations come first
        before, stored = stored[:1], stored[1:]
    if len(stored) != len(slots):
        return None if stored else [(counters[0], before[0])]
    head = [(variable, name) for variable, name in zip(counters, before, strict=False)]
    variables = len(optimizer._trainable)
    kinds = len(slots) // variables if variables else 0
    if kinds > 1 and kinds * variables == len(slots) and not _is_interleaved(stored, slots):
        stored = [stored[kind * variables + i] for i in range(variables) for kind in range(kinds)]
    return [*head, *zip(slots, stored, strict=True)]


def _heads(optimizer: Any) -> tuple[list[Variable], list[Variable]]:
    """The counters and the slots."""
    slots = list(optimizer._slots)
    return optimizer.variables[: len(optimizer.variables) - len(slots)], slots


def _last(name: str) -> str:
    """The last part of a name, without the number that TensorFlow adds: 'm' of 'Adam/dense/kernel/m:0'."""
    return name.rpartition("/")[2].partition(":")[0]


def _is_interleaved(names: list[str], slots: list[Variable]) -> bool:
    """Whether neighbours are of different kinds: as Keras 3 names them, and as 2.11 did, 'Adam/m/dense/kernel:0'."""
    if [_kind(_last(name)) for name in names[:2]] == [_kind(slot.name) for slot in slots[:2]]:
        return True
    second = [part for name in names[:2] for part in name.split("/")[1:2]]
    return len(set(second)) == 2 and set(second) <= {"m", "v", "vhat"}


def _kind(name: str) -> str:
    """What a slot keeps: 'momentum' of 'dense_kernel_momentum'."""
    return name.rpartition("_")[2]
