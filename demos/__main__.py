"""`python -m demos`: every demo in turn."""

from . import compile, digits, fashion, graphs, xor
from .session import run

if __name__ == "__main__":
    run(xor.demo, digits.demo, graphs.demo, compile.demo, fashion.demo)
