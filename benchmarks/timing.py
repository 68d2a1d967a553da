"""Timing in interleaved rounds: what loads the machine loads every contender alike.

Each contender has a process of its own. In one process the thread pools of two
libraries spin against each other, and a step can take thirty times as long as alone.
"""

from __future__ import annotations

import gc
import multiprocessing
import time
import tracemalloc
from collections.abc import Callable, Iterable, Mapping, Sequence
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, TypeVar

import numpy as np

Step = Callable[[], Any]
Maker = Callable[[], Step]  # one that can be sent to another process
Item = TypeVar("Item")
Times = Mapping[str, Sequence[float]]

# Idle threads of a BLAS spin for about a tenth of a second before they sleep;
# until then they would take a core from the next contender.
PAUSE = 0.15


class Spread(NamedTuple):
    """The lower quartile, the median and the upper quartile of some measurements."""

    low: float
    median: float
    high: float


class Memory(NamedTuple):
    """In bytes: what stays after the forward pass, and the peaks of both passes."""

    kept: int
    forward: int
    backward: int


def spread(values: Sequence[float]) -> Spread:
    """The quartiles of some measurements.

    >>> spread([4.0, 1.0, 2.0, 3.0, 5.0])
    Spread(low=2.0, median=3.0, high=4.0)
    """
    return Spread(*map(float, np.percentile(values, (25, 50, 75))))


def ratios(times: Times, baseline: str) -> dict[str, Spread]:
    """Each contender's time over the baseline's, taken round by round.

    >>> ratios({"a": [2.0, 4.0, 9.0], "b": [1.0, 2.0, 3.0]}, "b")["a"].median
    2.0
    """
    return {name: spread([t / b for t, b in zip(each, times[baseline], strict=True)]) for name, each in times.items()}


def seconds_per_step(step: Step, count: int) -> float:
    """The mean time of `count` steps in a row, after some that are not timed."""
    for _ in range(1 + count // 5):
        step()
    gc.collect()
    start = time.perf_counter()
    for _ in range(count):
        step()
    return (time.perf_counter() - start) / count


def steps_for(step: Step, seconds: float) -> int:
    """How many steps take about `seconds`: doubled until a fifth of that is seen."""
    count = 1
    while (each := seconds_per_step(step, count)) * count < seconds / 5:
        count *= 2
    return max(1, round(seconds / each))


def interleaved(makers: Mapping[str, Maker], rounds: int, seconds: float, what: str) -> dict[str, list[float]]:
    """Seconds per step of each contender, once in each round, for about `seconds` at a time.

    A round makes every contender anew, so that all of them start from the same weights,
    and each second round goes backwards, so that nobody always follows the same one.
    """
    pipes = {name: _start(maker, seconds) for name, maker in makers.items()}
    times: dict[str, list[float]] = {name: [] for name in makers}
    for turn in progress(range(rounds), what):
        for name in list(makers)[:: -1 if turn % 2 else 1]:
            time.sleep(PAUSE)
            pipes[name].send(True)
            times[name].append(pipes[name].recv())
    for pipe in pipes.values():
        pipe.send(False)
    return times


def _start(maker: Maker, seconds: float) -> Connection:
    """A process for one contender; returns when it has found its number of steps."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    spawn.Process(target=_serve, args=(theirs, maker, seconds), daemon=True).start()
    theirs.close()  # so that recv() raises EOFError, rather than wait, where the process dies
    ours.recv()
    return ours


def _serve(pipe: Connection, maker: Maker, seconds: float) -> None:
    count = steps_for(maker(), seconds)
    pipe.send(count)
    while pipe.recv():
        pipe.send(seconds_per_step(maker(), count))


def memory(forward: Callable[[], Step]) -> Memory:
    """What `forward` keeps and needs, and what the backward pass it returns needs."""
    gc.collect()
    tracemalloc.start()
    try:
        backward = forward()
        kept, forward_peak = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        backward()
        return Memory(kept, forward_peak, tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


def progress(items: Iterable[Item], what: str) -> Iterable[Item]:
    """The items, with a bar on the terminal where tqdm is installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        return items
    bar: Iterable[Item] = tqdm(items, desc=what, leave=False)
    return bar
