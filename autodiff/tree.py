"""Arrays in nested lists, tuples and dicts: taken apart, and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def leaves(tree: Any) -> Iterator[Any]:
    """The leaves from left to right; dicts in the order of their keys' insertion.

    >>> list(leaves({"a": 1, "b": [2, (3,)]}))
    [1, 2, 3]
    """
    if isinstance(tree, dict):
        for each in tree.values():
            yield from leaves(each)
    elif isinstance(tree, (list, tuple)):
        for each in tree:
            yield from leaves(each)
    elif tree is not None:
        yield tree


def leaves_like(like: Any, tree: Any, what: str) -> Iterator[Any]:
    """The leaves of `tree` in the order of those of `like`, which has the same structure; None may stand for a leaf.

    Raises ValueError where the structures differ.

    >>> list(leaves_like({"a": 1, "b": [2, 3]}, {"b": [20, None], "a": 10}, "cotangents"))
    [10, 20, None]
    """
    if isinstance(like, dict):
        if not isinstance(tree, dict) or tree.keys() != like.keys():
            raise ValueError(f"{what}: got {tree!r}, expected a dict with the keys {list(like)}")
        for key in like:
            yield from leaves_like(like[key], tree[key], what)
    elif isinstance(like, (list, tuple)):
        if not isinstance(tree, (list, tuple)) or len(tree) != len(like):
            raise ValueError(f"{what}: got {tree!r}, expected a list or tuple of {len(like)}")
        for first, second in zip(like, tree, strict=True):
            yield from leaves_like(first, second, what)
    elif like is not None:
        yield tree


def map_leaves(function: Callable[[Any], Any], tree: Any) -> Any:
    """The same structure with `function` of each leaf; None stays None.

    >>> map_leaves(str, {"a": 1, "b": [2, (3,)]})
    {'a': '1', 'b': ['2', ('3',)]}
    """
    if isinstance(tree, dict):
        return {key: map_leaves(function, each) for key, each in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(map_leaves(function, each) for each in tree))
    if isinstance(tree, (list, tuple)):
        return type(tree)(map_leaves(function, each) for each in tree)
    return None if tree is None else function(tree)


def refill(tree: Any, values: Any) -> Any:
    """The structure of `tree` with its leaves replaced by `values`, in order.

    >>> refill({"a": 1, "b": [2]}, [10, 20])
    {'a': 10, 'b': [20]}
    """
    remaining = iter(values)
    return map_leaves(lambda _: next(remaining), tree)
