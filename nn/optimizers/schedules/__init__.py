"""Learning rates as functions of the step: of numbers, arrays, tensors, and the iterations in a compiled step."""

from .decays import ExponentialDecay as ExponentialDecay
from .decays import InverseTimeDecay as InverseTimeDecay
from .decays import PiecewiseConstantDecay as PiecewiseConstantDecay
from .decays import PolynomialDecay as PolynomialDecay
from .decays import PowerDecay as PowerDecay
from .schedule import LearningRateSchedule as LearningRateSchedule
from .schedule import registry as registry
from .waves import CosineDecay as CosineDecay
from .waves import CosineDecayRestarts as CosineDecayRestarts
from .waves import OneCycle as OneCycle

get = registry.get
serialize = registry.to_config
deserialize = registry.from_config
