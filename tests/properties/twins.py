"""A tensor and its value in the naive engine, side by side: the ground for random programs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, multiple, precondition, rule

import autodiff as ad
from autodiff.context import Context, state

from .naive import Value


class Twin(NamedTuple):
    """One thing on both sides: a tensor and a value, or a user's array and its mirror."""

    real: Any
    naive: Any


LIMIT = 20.0  # greater results are dropped: nothing overflows, and rounding stays far below the tolerance


def as_value(each: Any) -> Value:
    return each if isinstance(each, Value) else Value(np.array(each))


def close(real: Any, expected: Any) -> None:
    scale = np.max(np.abs(expected), initial=1.0)
    np.testing.assert_allclose(real, expected, rtol=1e-9, atol=1e-9 * scale)
    assert real.shape == expected.shape


class Twins(RuleBasedStateMachine):
    """What all programs have: twins, open blocks, and what holds after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[ExitStack] = []
        self.contexts = [state.context]
        self.twins: list[Twin] = []

    def teardown(self) -> None:
        while self.blocks:
            self.leave()
        assert state.context == Context()

    def enter_twin(self, real: Any, value: Value) -> Twin:
        twin = Twin(real, value)
        self.twins.append(twin)
        return twin

    def both(self, real: Callable[..., Any], expected: Callable[..., Value], *args: Twin) -> Any:
        """One operation on both sides: the results agree, or both refuse and nothing has changed."""
        try:
            value = expected(*[as_value(each.naive) for each in args])
        except (ValueError, IndexError, TypeError) as error:
            with pytest.raises(type(error)):
                real(*[each.real for each in args])
            return multiple()
        tensor = real(*[each.real for each in args])
        assert isinstance(tensor, ad.Tensor)
        assert tensor.dtype == np.float64
        close(tensor.numpy(), value.array)
        if np.max(np.abs(value.array), initial=0) > LIMIT:
            return multiple()
        # Rounding may differ; ties must not: both sides go on from the same values.
        array = tensor.numpy()
        if state.context.recording:
            value.array = array
        else:
            value = Value(array)
        value.scope = state.context.scope
        return self.enter_twin(tensor, value)

    # Blocks

    @rule(name=st.sampled_from(["", "a", "b"]))
    def enter(self, name: str) -> None:
        """A no_grad block, or a scope where there is a name."""
        block = ExitStack()
        block.enter_context(ad.scope(name) if name else ad.no_grad())
        self.blocks.append(block)
        self.contexts.append(state.context)
        assert state.context.recording == (bool(name) and self.contexts[-2].recording)

    @precondition(lambda self: self.blocks)
    @rule()
    def leave(self) -> None:
        self.blocks.pop().close()
        self.contexts.pop()

    # What holds after each step

    @invariant()
    def nothing_else_changed(self) -> None:
        assert state.context is self.contexts[-1]
        for real, expected in self.twins:
            np.testing.assert_array_equal(real.numpy(), expected.array)
            assert real.requires_grad == expected.requires

    @invariant()
    def grads_agree(self) -> None:
        for real, expected in self.twins:
            assert (real.grad is None) == (expected.grad is None)
            if expected.grad is not None:
                close(real.grad, expected.grad)
