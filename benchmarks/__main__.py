"""The whole report: `python -m benchmarks [--quick]` writes out/benchmarks/report.html and report.md.

Every chapter is also a command of its own. After each chapter the report is written anew, so that a run that is
stopped leaves what it has found.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from . import command, report
from .machine import conditions
from .timing import progress

TITLE = "autodiff and nn held against the lectures, finite differences, Keras and the peers"
CHAPTERS = [
    "lectures", "differences", "keras_steps", "runs", "engine", "compile", "fit", "predict", "sizes", "footprint",
]  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    options = command.parsed(TITLE, arguments)
    with command.as_told(options):
        write_all(options.quick)
    print(f"The report: {report.FOLDER / 'report.html'}")


def write_all(quick: bool) -> None:
    """All chapters, as far as Ctrl-C lets them come."""
    chapters: list[report.Chapter] = []
    for name in progress(CHAPTERS, "chapters"):
        module = importlib.import_module(f"{__package__}.{name}")
        chapters.append(command.collect(module.TITLE, name, module.sections, quick))
        report.write(chapters, "report", TITLE, conditions())
        if not chapters[-1].is_whole:
            break


if __name__ == "__main__":
    main()
