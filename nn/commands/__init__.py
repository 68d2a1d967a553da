"""The command line: `python -m nn summary | draw | predict | convert | diff`, each in a file of its own."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence

from . import convert, diff, draw, predict, summary

_COMMANDS = (summary, draw, predict, convert, diff)
_TROUBLE = 2  # as `diff` and `grep` have it: 0 and 1 are answers


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, for `diff` also 1, and 2 where something is wrong.

    >>> main(["summary", "nowhere.keras"])
    2
    """
    options = _parser().parse_args(arguments)
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_: print(f"nn {options.command}: {message}", file=sys.stderr)
        try:
            return int(options.run(options))
        except (OSError, ValueError, TypeError, ImportError) as error:
            print(f"nn {options.command}: {error}", file=sys.stderr)
            return _TROUBLE
        except KeyboardInterrupt:
            print(f"nn {options.command}: stopped", file=sys.stderr)
            return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m nn", description="Look at model files, predict, convert and compare.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for each in _COMMANDS:
        name = each.__name__.rpartition(".")[2]
        about = (each.__doc__ or "").strip()
        command = commands.add_parser(name, help=about.splitlines()[0], description=about)
        each.add_arguments(command)
        command.set_defaults(run=each.run)
    return parser
