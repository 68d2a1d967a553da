"""Drawings as they were when somebody last looked at them.

After a change that is meant, write the files again with `AUTODIFF_GOLDEN=write pytest tests/drawing/test_golden.py`
and look at the difference that git shows.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import numpy as np
import pytest

import autodiff as ad

from .graphs import EXAMPLES
from .parsing import parsed

FOLDER = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", EXAMPLES)
def test_drawing_is_the_one_on_file(name):
    source, file = EXAMPLES[name]().source, FOLDER / f"{name}.dot"
    if os.environ.get("AUTODIFF_GOLDEN") == "write":
        file.write_text(source, encoding="utf-8")
    expected = file.read_text(encoding="utf-8")
    difference = difflib.unified_diff(expected.splitlines(), source.splitlines(), str(file), "now", lineterm="", n=1)
    if source != expected:
        shown = "\n".join(difference)
        pytest.fail(f"{shown}\n\nIf this is meant: AUTODIFF_GOLDEN=write pytest {Path(__file__).name}", pytrace=False)


def test_each_file_belongs_to_an_example():
    assert {file.stem for file in FOLDER.iterdir()} == set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_drawing_does_not_depend_on_what_was_computed_before(name):
    first = EXAMPLES[name]().source
    kept = [np.tanh(ad.tensor(1.0, requires_grad=True, name="x")) for _ in range(3)]
    with ad.no_grad(), np.errstate(all="raise"):
        ad.draw(kept, values=True, gradients=True, rules=True)
    assert EXAMPLES[name]().source == first


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_well_formed(name):
    """Each box and frame is declared once, and all arrows lead from box to box."""
    picture = parsed(EXAMPLES[name]())
    assert picture.boxes and picture.arrows
