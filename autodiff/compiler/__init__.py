"""compile(): from a traced call to straight-line NumPy."""

from .compiled import Compiled as Compiled
from .compiled import compile as compile
from .known import TraceError as TraceError
