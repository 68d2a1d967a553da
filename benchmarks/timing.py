"""The time and the memory of steps in this process, and the spread of what was measured."""

from __future__ import annotations

import gc
import linecache
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

Step = Callable[[], Any]
Maker = Callable[[], Step]  # one that can be sent to another process
Item = TypeVar("Item")
Times = Mapping[str, Sequence[float]]


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


def first_call(maker: Maker) -> float:
    """The seconds of the first of a new contender's steps."""
    step = maker()
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


class Resident(NamedTuple):
    """In bytes: by how much a process grew, and the most that it had."""

    growth: int
    peak: int


def resident(warm: Maker, maker: Maker, steps: int) -> Resident:
    """The memory that a process comes to need for a contender and some of its steps.

    Before that, a step of another one lets the libraries set themselves up.
    """
    warm()()
    gc.collect()
    before = peak_resident()
    step = maker()
    for _ in range(steps):
        step()
    peak = peak_resident()
    return Resident(peak - before, peak)


def peak_resident() -> int:
    """The most memory, in bytes, that this process has had at once.

    Linux counts what a process used before it became another program into `ru_maxrss`, but not into VmHWM.
    """
    status = Path("/proc/self/status")
    if status.exists():
        words = status.read_text().split()
        return int(words[words.index("VmHWM:") + 1]) * 1024
    import resource  # which Windows has not

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class Line(NamedTuple):
    """A line of a program, and its mean time in seconds."""

    text: str
    seconds: float


def where_time_goes(program: Any, args: Sequence[Any], runs: int) -> list[Line]:
    """The lines of a compiled function's program in their order, each with what it calls.

    A trace function looks at the clock between lines, so no line takes less than some tenths of a microsecond.
    """
    program(*args)
    lines = program.source.splitlines()
    seconds = dict.fromkeys(range(1, len(lines) + 1), 0.0)
    current: int | None = None
    start = 0.0

    def follow(frame: Any, event: str, _: Any) -> Any:
        nonlocal current, start
        now = time.perf_counter()
        if current is not None:
            seconds[current] += now - start
        current = frame.f_lineno if event == "line" else None
        start = time.perf_counter()
        return follow

    def enter(frame: Any, event: str, _: Any) -> Any:
        is_program = current is None and frame.f_code.co_name == name and _text_of(frame) == program.source
        return follow if is_program else None

    name = program.source.rpartition("\ndef ")[2].partition("(")[0]
    before = sys.gettrace()
    sys.settrace(enter)
    try:
        for _ in range(runs):
            program(*args)
    finally:
        sys.settrace(before)
    return [Line(" ".join(lines[i - 1].split()), total / runs) for i, total in seconds.items() if total]


def _text_of(frame: Any) -> str:
    return "".join(linecache.getlines(frame.f_code.co_filename))


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
    """The items, with a bar where there is a terminal and tqdm is installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        return items
    bar: Iterable[Item] = tqdm(items, desc=what, leave=False, disable=None)
    return bar
