"""debug(): arrays that are changed under the graph, and what the block leaves behind."""

from __future__ import annotations

import gc
import os
import re
import sys
import threading
import weakref

import numpy as np
import pytest

import autodiff as ad
from autodiff.context import state
from autodiff.debugging import ChangedArray

from . import test_debugging as births
from .test_debugging import here, parameter

FILE = os.path.basename(__file__)
_leaves_nothing_behind = births._leaves_nothing_behind


def increase(array):
    array += 1


def one():
    return 1.0


def test_changed_array_is_reported_with_both_lines():
    w, x = parameter(1.0, 2.0), np.array([3.0, 4.0])
    with ad.debug(), ad.scope("layer"):
        loss = np.sum(w * x)
        made = here(-1)
        x += 1
        changed = here(-1)
        with pytest.raises(ChangedArray) as caught:
            loss.backward()
    assert str(caught.value) == (
        f"multiply at {made} in 'layer' needs its argument y, float64 (2,), which was changed at {changed}, "
        "before backward. Write x = x + 1 instead of x += 1, or pass a copy: x.copy()"
    )


def test_changed_parameter_is_reported_with_both_lines():
    w = parameter(1.0, 2.0, name="W")
    with ad.debug():
        loss = np.sum(w * w)
        made = here(-1)
        w.data += 10
        changed = here(-1)
        with pytest.raises(ChangedArray) as caught:
            loss.backward()
    assert str(caught.value) == (
        f"multiply at {made} needs its argument x 'W', float64 (2,), which was changed at {changed}, "
        "before backward. Change .data after backward(), or compute the result again after the change"
    )


@pytest.mark.parametrize("written", [False, True])
def test_parameter_with_other_values_assigned_is_reported(written):
    w = parameter(1.0, 2.0)
    if written:
        w.data += 1
    with ad.debug():
        y = np.exp(w) * w
        w.data = np.array([5.0, 6.0])
        changed = here(-1)
        with pytest.raises(ChangedArray, match=f"argument y, .* changed at {changed},"):
            y.sum().backward()


def test_change_of_the_memory_behind_a_view_is_reported():
    w, memory = parameter(1.0, 2.0), np.arange(10.0)
    view = memory[::5]
    view.flags.writeable = False
    with ad.debug():
        y = w * view
        made = here(-1)
        memory[5] = 0
        changed = here(-1)
        with pytest.raises(ChangedArray, match=f"^multiply at {made} needs its argument y, .* changed at {changed},"):
            y.sum().backward()


def test_change_in_a_called_function_and_after_one():
    w, x, y = parameter(1.0, 2.0), np.ones(2), np.ones(2)
    inside = f"{FILE}:{increase.__code__.co_firstlineno + 1}"
    with ad.debug():
        first, second = w * x, w * y
        increase(x)
        y += one()
        after = here(-1)
        with pytest.raises(ChangedArray, match=f"changed at {inside},"):
            first.sum().backward()
        with pytest.raises(ChangedArray, match=f"changed at {after},"):
            second.sum().backward()


def test_first_of_several_changes_is_named():
    w, x = parameter(1.0, 2.0), np.ones(2)
    with ad.debug():
        y = w * x
        for step in range(3):
            x[0] += step
        changed = here(-1)
        x[1] = 7
        with pytest.raises(ChangedArray, match=f"changed at {changed},"):
            y.sum().backward()


def test_change_after_an_earlier_one_that_was_undone():
    w, x = parameter(1.0, 2.0), np.ones(2)
    with ad.debug():
        early = w * x
        x += 1
        x -= 1
        late = w * x
        x += 1
        changed = here(-1)
        with pytest.raises(ChangedArray, match=f"changed at {changed},"):
            np.sum(early + late).backward()


def test_change_that_is_undone_is_none():
    w, x = parameter(1.0, 2.0), np.ones(2)
    with ad.debug():
        y = w * x
        x += 1
        x -= 1
        y.sum().backward()
    assert w.grad.tolist() == [1, 1]


def test_change_of_an_array_that_no_rule_needs_is_none():
    w, x = parameter(1.0, 2.0), np.ones(2)
    with ad.debug():
        y = w + x
        x += 1
        y.sum().backward()
    assert w.grad.tolist() == [1, 1]


def test_frozen_result_that_was_forced_writable():
    w = parameter(1.0, 2.0)
    with ad.debug():
        y = np.exp(w)
        made = here(-1)
        memory = y.data.base
        memory.flags.writeable = True
        memory[0] = 0
        with pytest.raises(ChangedArray) as caught:
            y.sum().backward()
        pulled = here(-1)
    assert str(caught.value).startswith(
        f"exp at {made} needs its result, float64 (2,), which was changed between {made} and {pulled}, "
        "before backward. The graph shares this array"
    )


def test_without_line_tracing_the_lines_around_the_change_are_named():
    def tracer(frame, event, argument):
        return None

    w, x = parameter(1.0, 2.0), np.ones(2)
    sys.settrace(tracer)
    try:
        with ad.debug():
            y = w * x
            z = np.sum(y)
            before = here(-1)
            x += 1
            z = z * 2
            after = here(-1)
            z = z * 2
            with pytest.raises(ChangedArray, match=f"changed between {before} and {after},"):
                z.backward()
            assert sys.gettrace() is tracer
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(None)


def test_graph_kept_for_a_second_pass_is_compared_again():
    w = parameter(1.0, 2.0)
    with ad.debug():
        loss = np.sum(w * w)
        loss.backward(retain_graph=True)
        w.data -= 0.1 * w.grad
        with pytest.raises(ChangedArray, match=f"changed at {here(-1)},"):
            loss.backward()


# The block


def test_decorator():
    @ad.debug()
    def run(x, buffer):
        y = x * buffer
        buffer += 1
        return y.sum().backward()

    for _ in range(2):
        with pytest.raises(
            ChangedArray, match=f"multiply at .* changed at {FILE}:{run.__wrapped__.__code__.co_firstlineno + 3},"
        ):
            run(parameter(1.0, 2.0), np.ones(2))
        assert state.context.observers == ()


def test_blocks_nest():
    w, x = parameter(1.0, 2.0), np.ones(2)
    with ad.debug():
        outer, tracer = state.context.observers, sys.gettrace()
        with pytest.raises(ZeroDivisionError), ad.debug():
            y = w * x
            raise ZeroDivisionError
        assert (state.context.observers, sys.gettrace()) == (outer, tracer)
        x += 1
        with pytest.raises(ChangedArray, match=f"changed at {here(-1)},"):
            y.sum().backward()


def test_frames_are_traced_only_inside():
    frame = sys._getframe()
    frame.f_trace = trace = lambda *event: None
    with ad.debug():
        assert frame.f_trace is not trace
    assert frame.f_trace is trace
    frame.f_trace = None


def test_tracer_set_inside_stays():
    def tracer(frame, event, argument):
        return None

    with ad.debug():
        sys.settrace(tracer)
    assert sys.gettrace() is tracer
    sys.settrace(None)


def test_other_threads_are_not_affected():
    seen = []

    def work():
        with np.errstate(divide="ignore"):
            seen.append((np.log(parameter(0.0)).item(), sys.gettrace(), state.context.observers))

    with ad.debug():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert seen == [(-np.inf, None, ())]


@pytest.mark.parametrize("consumed", [False, True])
def test_watched_arrays_are_let_go(consumed):
    class Array(np.ndarray):
        """One that weak references can point to."""

    with ad.debug():
        w, x = parameter(1.0, 2.0), np.ones(2).view(Array)
        watched = weakref.ref(x)
        loss = np.sum(w * x)
        del x
        assert watched() is not None
        if consumed:
            loss.backward()
        else:
            del loss
        gc.collect()
        assert watched() is None


def test_arrays_of_all_kinds_can_be_watched():
    w = ad.tensor(np.ones((2, 3)), requires_grad=True)
    for each in (
        np.zeros((2, 3), bool),
        np.ones((3, 2), np.float32).T,
        np.arange(3),
        np.array(2.0),
        np.ones((0, 2, 3)),
    ):
        with ad.debug():
            y = w * each
            each[...] = 1 - each
            if each.size:
                with pytest.raises(ChangedArray, match=f"{each.dtype} {re.escape(str(each.shape))}"):
                    y.sum().backward()
            else:
                y.sum().backward()
