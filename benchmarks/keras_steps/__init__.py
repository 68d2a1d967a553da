"""Is what nn computes what Keras computes? Both train side by side, and all numbers are compared after each step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from typing import Any

import numpy as np

import nn

from ..machine import is_installed
from ..report import Goal, Section, Table
from ..timing import progress
from . import live, recorded
from .cases import STEPS
from .distributions import LEVEL, SHAPE, Drawn, critical, distance, drawn, initializers, is_random, kept, of_keras
from .kinds import all_cases
from .running import Result
from .tables import DTYPES, goals, kind_section

TITLE = "Keras, step by step"
QUICK_STEPS = 5
QUICK_KINDS = ("optimizers", "losses", "normalizations", "noise")

METHOD = """
Each case is one small model, made twice from one description, by `nn` and by Keras 3 on JAX, which begin with the same
weights and are fed the same batches in the same order by `train_on_batch`. After each step the loss, the metrics,
every weight and every variable of the optimizer are compared. What there is to compare is read from the registries
of `nn`. Both compile their steps.
"""
ORDER = """
The order is drawn by NumPy and fed, anew in each epoch, because shuffling is where two runs of Keras differ already:
Keras 3.15 on TensorFlow repeats the same order every epoch after `set_random_seed`.
"""
NOISE = """
Layers that draw random numbers get the same ones: before each step Keras' layer is asked, with the seed that it
is about to use, what it does to zeros and ones; the generator of nn's layer is replaced by one that gives these draws
(these steps of `nn` run as Python, all others compiled).
"""
WIDE = """
With `floatx` float64, Keras on JAX computes some functions, tanh for one, in float32 all the same: its rule for the
dtype of a result narrows everything to float32 but on TensorFlow. For this comparison the rule is switched off (one
entry of a table in Keras). Without that, float64 would agree to no more than 1e-8.
"""
RECORDED = """
Keras is not installed: compared with what Keras {version} gave, as it was recorded, after the steps {kept}
(the extra `bench` installs Keras).
"""


def sections(quick: bool) -> Iterator[Section]:
    """How it is done, each kind, the initializers, and the largest differences of all."""
    is_live = is_installed("Keras")
    keys = chosen(quick)
    yield Section("How it is done", method(is_live, quick))
    found: dict[tuple[str, str], dict[str, Result]] = {}
    with workers(live.prepare if is_live else recorded.prepare) as pools:
        compare = partial(live.compared, steps=QUICK_STEPS if quick else STEPS) if is_live else recorded.compared
        waiting = {key: {dtype: pools[dtype].submit(compare, key, dtype) for dtype in DTYPES} for key in keys}
        theirs = pools["float32"].submit(of_keras if is_live else recorded.drawn)
        for key in progress(keys, "models in nn and Keras"):
            found[key] = {dtype: future.result() for dtype, future in waiting[key].items()}
            if key == [each for each in keys if each[0] == key[0]][-1]:
                yield kind_section(key[0], {name: each for (kind, name), each in found.items() if kind == key[0]})
        yield initializers_section(theirs.result())
    count = sum(all(result.differences for result in each.values()) for each in found.values())
    yield Section("Altogether", [f"{count} models, each in float32 and in float64."], goals(found))


def chosen(quick: bool) -> list[tuple[str, str]]:
    """The cases; to be quick only the first one of some kinds."""
    keys = list(all_cases())
    return [next(key for key in keys if key[0] == kind) for kind in QUICK_KINDS] if quick else keys


def method(is_live: bool, quick: bool) -> list[str]:
    """What the reader is to know before the tables."""
    texts = [METHOD, ORDER, NOISE, WIDE]
    if quick and is_live:
        texts.append(f"This is the quick run: one case each of four kinds, {QUICK_STEPS} steps instead of {STEPS}.")
    if not is_live:
        texts.append(RECORDED.format(version=recorded.records().keras, kept=" and ".join(map(str, recorded.KEPT))))
    return [" ".join(text.split()) for text in texts]


@contextmanager
def workers(prepare: Callable[[str], None]) -> Iterator[dict[str, Executor]]:
    """A process for each dtype, prepared for it; what waits in them is dropped when the caller is interrupted."""
    pools: dict[str, Executor] = {
        dtype: ProcessPoolExecutor(1, get_context("spawn"), prepare, (dtype,)) for dtype in DTYPES
    }
    try:
        yield pools
    finally:
        for pool in pools.values():
            pool.shutdown(cancel_futures=True)


def initializers_section(theirs: dict[str, Drawn]) -> Section:
    """The distributions of initializers: moments, bounds, and the distance of samples."""
    rows, distances = [], []
    for piece in initializers():
        if str(piece) not in theirs:
            continue
        sample, their = drawn(nn, piece), theirs[str(piece)]
        ours, away = kept(sample), distance(sample, their.quantiles)
        pairs = [(ours.mean, their.mean), (ours.stddev, their.stddev), *zip(*ends(ours, their), strict=True)]
        if is_random(piece):
            distances.append(away)
        verdict = f"{away:.4f}" if is_random(piece) else equal(ours.quantiles, their.quantiles)
        rows.append([piece.name, *(f"{mine:.4f} / {their:.4f}" for mine, their in pairs), verdict])
    size = math.prod(SHAPE)
    text = (
        f"{size} numbers of each. The numbers themselves differ: the generators are others. Two samples of one "
        f"distribution are more than {critical(size):.4f} apart once in {1 / LEVEL:.0f} times (Kolmogorov and Smirnov; "
        "Keras' sample by 201 quantiles)."
    )
    table = Table(["", "mean", "stddev", "least", "greatest", "distance"], rows, "nn / Keras")
    goal = Goal("largest distance of initializers over the critical one", 1.0, max(distances) / critical(size))
    return Section("Initializers", [text, table], [goal])


def ends(ours: Drawn, theirs: Drawn) -> list[tuple[float, float]]:
    """The least and the greatest numbers of both."""
    return [(each.quantiles[0], each.quantiles[-1]) for each in (ours, theirs)]


def equal(mine: Any, their: Any) -> str:
    """Of what is not random: whether it is the same."""
    return "equal" if np.array_equal(mine, their) else "NOT EQUAL"
