"""Kernels: loops for Numba in place of several NumPy calls."""

from .definitions import Definitions as Definitions
from .fusion import fused as fused
from .kernel import Kernel as Kernel
from .storage import compiled as compiled
from .storage import usable as usable
