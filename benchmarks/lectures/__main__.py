"""`python -m benchmarks.lectures` writes out/benchmarks/lectures.html and lectures.md."""

from .. import command
from . import TITLE, sections

if __name__ == "__main__":
    command.run(TITLE, "lectures", sections)
