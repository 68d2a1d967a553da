"""compile(): from a traced call to straight-line NumPy."""

from .compiled import Compiled as Compiled
from .compiled import compile as compile
from .tracing import TraceError as TraceError
