"""Arrays that the graph may share: nobody can write to them, and who tries is told what to do.

The graph never shares memory with anything that a user can write to. What an
operation returns is *frozen* (read-only down to the memory it looks at) and can be
kept as it is; of anything else (a parameter, a NumPy array) a copy is kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def frozen(array: np.ndarray[Any, Any]) -> bool:
    """Whether no NumPy array can write to this memory.

    >>> frozen(np.broadcast_to(1.0, 3)), frozen(np.zeros(3))
    (False, False)
    """
    while type(array) is np.ndarray:
        if array.flags.writeable:
            return False
        base = array.base
        if base is None:
            return True
        array = base
    return False


def freeze(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The array itself if it is frozen, else a frozen copy."""
    return array if frozen(array) else frozen_copy(array)


def frozen_copy(array: Any) -> np.ndarray[Any, Any]:
    """A copy that nobody can write to."""
    copy = np.array(array)
    copy.setflags(write=False)
    return copy


class Guarded(np.ndarray[Any, Any]):
    """The read-only view that `.data` of a result gives; a write names the operation.

    Whatever is computed from it is a plain array.
    """

    operation: str | None = None

    def __array_finalize__(self, source: Any) -> None:
        self.operation = getattr(source, "operation", None)

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        plain = np.asarray(array)
        return plain[()] if return_scalar else plain

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        outs = kwargs.get("out", ())
        for each in (*outs, inputs[0]) if method == "at" else outs:
            self._refuse(each)
        plain = [_plain(each) for each in inputs]
        if outs:
            kwargs["out"] = tuple(_plain(each) for each in outs)
        return getattr(ufunc, method)(*plain, **kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function in _WRITERS:
            self._refuse(args[0])
        return super().__array_function__(function, types, args, kwargs)

    @staticmethod
    def _refuse(target: Any) -> None:
        if isinstance(target, Guarded) and not target.flags.writeable:
            raise ValueError(
                f"this array is the result of {target.operation}: a write into it would make gradients "
                "wrong. Write y = ad.at(y)[index].set(value), or change a copy: y.numpy().copy()"
            )


_WRITERS = {np.copyto, np.put, np.putmask, np.place, np.put_along_axis, np.fill_diagonal}


def _writer(name: str) -> Any:
    """A method that writes: NumPy's own, once it is known that the array is free."""
    write = getattr(np.ndarray, name)

    def method(self: Guarded, *args: Any, **kwargs: Any) -> Any:
        self._refuse(self)
        return write(self, *args, **kwargs)

    return method


for _name in ("__setitem__", "sort", "fill", "put", "partition"):
    setattr(Guarded, _name, _writer(_name))


def _plain(value: Any) -> Any:
    return value.view(np.ndarray) if isinstance(value, Guarded) else value


def guarded(array: np.ndarray[Any, Any], operation: str) -> Guarded:
    """A read-only view whose writes are refused in words that name `operation`."""
    view = array.view(Guarded)
    view.setflags(write=False)
    view.operation = operation
    return view
