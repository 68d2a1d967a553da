"""One run of some demos: the report they fill, the progress bars, and Ctrl-C."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from tqdm import tqdm

from .report import Report

OUT = "out"


class Training:
    """Progress bars, and Ctrl-C as a wish: training ends after the step under way, so nothing is lost.

    A second Ctrl-C ends the program at once.
    """

    def __init__(self) -> None:
        self.stopped = False

    def __enter__(self) -> Training:
        self._before = signal.signal(signal.SIGINT, self._stop)
        return self

    def __exit__(self, *error: Any) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _stop(self, *signal_and_frame: Any) -> None:
        if self.stopped:
            raise KeyboardInterrupt
        self.stopped = True

    def steps(self, total: int, label: str, unit: str = "step") -> Iterator[int]:
        """0, 1, ..., total - 1 behind a progress bar; fewer after Ctrl-C."""
        with tqdm(total=total, desc=label, unit=unit, ncols=100, mininterval=0.25) as bar:
            for step in range(total):
                if self.stopped:
                    break
                yield step
                bar.update()
        if self.stopped:
            print(f"Ctrl-C: training stopped at {unit} {bar.n} of {total}; what was reached is plotted and written.")


Demo = Callable[[Report, Training], None]


def run(*demos: Demo) -> None:
    """Run the demos into one report, say where it is, and exit: 1 where a check failed, 130 after Ctrl-C."""
    began = time.perf_counter()
    report = Report(OUT)
    with Training() as training:
        for demo in demos:
            if not training.stopped:
                demo(report, training)
                report.write()
    failed = [each for each in report.checks if not each.passed]
    print(f"\n{report.table()}\n")
    print(f"{len(report.checks) - len(failed)} of {len(report.checks)} checks passed", end=", ")
    print(f"in {time.perf_counter() - began:.0f} s. The files are in {report.folder}")
    print(f"Open {report.folder / 'index.html'}")
    if failed:
        sys.exit(f"FAILED: {'; '.join(f'{each.what} against {each.against}' for each in failed)}")
    sys.exit(130 if training.stopped else 0)
