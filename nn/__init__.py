"""nn: layers, models and optimizers in Keras' vocabulary, on top of autodiff: `import nn as keras`."""

from autodiff.lines import join_engine

from . import random as random
from .random import set_random_seed as set_random_seed
from .settings import epsilon as epsilon
from .settings import floatx as floatx
from .settings import set_floatx as set_floatx
from .variables import Variable as Variable

join_engine(__file__)
