"""What all exact passes have in common: random arithmetic keeps every bit, and is legible, after each of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given

import autodiff as ad
from autodiff.compiler.passes import EXACT, lowered
from autodiff.compiler.passes.pipeline import simplified
from autodiff.compiler.program import Program

from ..comparing import compiling
from .around import alike, called, function_of, legible, points, terms, traced


def _traced(term: Any, args: list[np.ndarray]) -> Program:
    """The program of a random term; one that is no call of anything is left out."""
    try:
        program = traced(function_of(term), *args)
    except (ValueError, TypeError, OverflowError):  # an integer to a negative power, or in a float's place
        assume(False)
        raise
    assume(program.results)
    return program


@pytest.mark.parametrize("name", [*EXACT, "primitives taken apart"])
@given(term=terms, args=points())
def test_one_pass_keeps_every_bit(name, term, args):
    before = _traced(term, args)
    after = {**EXACT, "primitives taken apart": lowered}[name](before)
    alike(before, after, *args)
    legible(after)


@given(term=terms, args=points())
def test_all_together_keep_every_bit_in_every_stage(term, args):
    before = _traced(term, args)
    with compiling(in_order=True, in_memory=False):
        stages = simplified(before)
    for stage in stages:
        alike(before, stage.program, *args)
        legible(stage.program)


@given(term=terms, args=points())
def test_the_last_stage_has_nothing_left_to_do(term, args):
    with compiling(in_order=True, in_memory=False):
        last = simplified(_traced(term, args))[-1].program
    for change in EXACT.values():
        assert called(change(last)) == called(last)


@given(term=terms, args=points())
def test_no_program_grows(term, args):
    """But where something is taken apart."""
    with compiling(in_order=True, in_memory=False):
        stages = simplified(_traced(term, args))
    assert stages[-1].equations <= stages[1].equations


def test_stages_of_a_training_step_are_legible():
    w = ad.tensor(np.ones((3, 2)), requires_grad=True, name="w")

    def step(x, labels):
        with ad.scope("layer"):
            logits = np.tanh(x) @ w
        loss = np.mean(ad.cross_entropy(logits, labels))
        loss.backward()
        w.data -= 0.1 * w.grad
        w.grad = None
        return loss

    for backend in ("numpy", "numba"):
        stages = simplified(traced(step, np.ones((4, 3)), np.array([0, 1, 1, 0])), backend)
        for stage in stages:
            legible(stage.program)
        texts = str(stages[0].graph), str(stages[-1].graph)
        assert all("w: float64 (3, 2)" in each and "# layer" in each for each in texts)
