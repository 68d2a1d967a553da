"""How a chapter of the report is run from the command line, alone or with all others."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext

from .machine import conditions, without
from .report import Chapter, Section, markdown, write

Sections = Callable[[bool], Iterator[Section]]  # takes whether to be quick; each section comes when it is ready
SLOW_TO_START = ("HIPS autograd", "MyGrad", "scikit-learn")
THREADS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "NPROC",  # XLA's
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)


def run(title: str, name: str, sections: Sections, arguments: Sequence[str] | None = None) -> None:
    """Run one chapter: each section is printed when it is ready, all are written to out/benchmarks.

    `name` is that of the module and of the files. Ctrl-C ends the chapter; what is ready is written.
    """
    options = parsed(title, arguments)
    with as_told(options):
        write([collect(title, name, sections, options.quick)], name, title, conditions())


def collect(title: str, name: str, sections: Sections, quick: bool) -> Chapter:
    """The chapter, as far as Ctrl-C let it come."""
    ready: list[Section] = []
    command = f"python -m benchmarks.{name}{' --quick' if quick else ''}"
    try:
        for section in sections(quick):
            print(markdown(section), flush=True)
            ready.append(section)
    except KeyboardInterrupt:
        ready.append(Section("Interrupted", ["The rest of this chapter was not run."]))
        return Chapter(title, command, ready, is_whole=False)
    return Chapter(title, command, ready)


def limit_threads(count: int) -> None:
    """Let the libraries use that many threads in the processes started from now on."""
    os.environ.update(dict.fromkeys(THREADS, str(count)))


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let the libraries use that many threads in the processes started inside a `with` statement."""
    before = dict(os.environ)
    limit_threads(count)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def parsed(about: str, arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command's options; --threads 1 is for a machine that others load: there, threads wait for one another."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--quick", action="store_true", help="few and short rounds, with one thread")
    parser.add_argument("--threads", type=int, help="threads for every library (default: what each takes by itself)")
    return parser.parse_args(arguments)


@contextmanager
def as_told(options: argparse.Namespace) -> Iterator[None]:
    """Do what is inside a `with` statement by the options.

    With one thread a quick run need not wait until the threads of others sleep; and some peers take long to import.
    """
    count = options.threads or (1 if options.quick else None)
    with threads(count) if count else nullcontext(), without(SLOW_TO_START if options.quick else ()):
        yield
