"""Timing in interleaved rounds: what loads the machine loads every contender alike.

Each contender has a process of its own. In one process the thread pools of two
libraries spin against each other, and a step can take thirty times as long as alone.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, TypeVar

import numpy as np

from .machine import blas_threads
from .timing import Maker, progress, seconds_per_step, steps_for

Item = TypeVar("Item")

# Idle threads of a BLAS spin for about a tenth of a second before they sleep;
# until then they would take a core from the next contender.
PAUSE = 0.1


class Effort(NamedTuple):
    """How many rounds, and for how many seconds each contender runs in a round."""

    rounds: int
    seconds: float


class Runners:
    """A process for each contender's name, kept from race to race: libraries are imported once.

    Used in a `with` statement, at whose end the processes end.
    """

    def __init__(self) -> None:
        self._pipes: dict[str, Connection] = {}

    def __enter__(self) -> Runners:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in self._pipes.values():
            pipe.close()

    def start(self, names: Iterable[str]) -> None:
        """Start the processes that are not there yet, with the environment as it is now."""
        spawn = multiprocessing.get_context("spawn")
        for name in names:
            if name not in self._pipes:
                self._pipes[name], theirs = spawn.Pipe()
                spawn.Process(target=_serve, args=(theirs,), daemon=True).start()
                theirs.close()  # so that recv() raises EOFError, rather than wait, where the process dies

    def interleaved(
        self, makers: Mapping[str, Maker], effort: Effort, what: str, anew: bool = False
    ) -> dict[str, list[float]]:
        """Seconds per step of each contender, once in each round.

        Each second round goes backwards, so that nobody always follows the same one. With `anew` a round
        makes every contender anew, so that all of them start from the same weights.
        """
        self.start(makers)
        self._all_asked(_Lane.make, makers)  # side by side: it is importing that takes long
        for name in makers:
            self._asked(name, _Lane.calibrate, effort.seconds)
        times: dict[str, list[float]] = {name: [] for name in makers}
        for turn in progress(range(effort.rounds), what):
            for name in list(makers)[:: -1 if turn % 2 else 1]:
                if blas_threads() != "1":
                    time.sleep(PAUSE)
                times[name].append(self._asked(name, _Lane.time, anew))
        return times

    def values(self, makers: Mapping[str, Maker]) -> dict[str, Any]:
        """What the first step of each contender returns, as an array."""
        self.start(makers)
        return self._all_asked(_Lane.value, makers)

    def _all_asked(self, method: Callable[..., Any], makers: Mapping[str, Maker]) -> dict[str, Any]:
        for name, maker in makers.items():
            self._pipes[name].send((method, (maker,)))
        return {name: self._answer(name) for name in makers}

    def _asked(self, name: str, method: Callable[..., Any], *args: Any) -> Any:
        self._pipes[name].send((method, args))
        return self._answer(name)

    def _answer(self, name: str) -> Any:
        try:
            return self._pipes[name].recv()
        except EOFError:
            raise RuntimeError(f"the process of {name!r} ended; its own error stands above") from None


_KEPT = Runners()


@contextmanager
def running(quick: bool) -> Iterator[Runners]:
    """The runners of a chapter; those of a quick report go on to the next one, and nothing is imported twice.

    In a whole report they end with the chapter: many libraries would fill the memory.
    """
    if quick:
        yield _KEPT
        return
    with Runners() as runners:
        yield runners


class _Lane:
    """What a contender's process does."""

    def make(self, maker: Maker) -> None:
        self._maker, self._step = maker, maker()

    def calibrate(self, seconds: float) -> None:
        self._count = steps_for(self._step, seconds)

    def time(self, anew: bool) -> float:
        if anew:
            self._step = self._maker()
        return seconds_per_step(self._step, self._count)

    def value(self, maker: Maker) -> Any:
        return np.asarray(maker()())


def _serve(pipe: Connection) -> None:
    """Do what the other end asks for, until it is closed; Ctrl-C is the other end's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lane = _Lane()
    with suppress(EOFError):
        while True:
            method, args = pipe.recv()
            pipe.send(method(lane, *args))


def alone(function: Callable[[], Item]) -> Item:
    """What a function returns in a new process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as executor:
        return executor.submit(function).result()
