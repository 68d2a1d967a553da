"""nn: layers, models and optimizers in Keras' vocabulary, on top of autodiff: `import nn as keras`."""

from autodiff.lines import join_engine

from . import activations as activations
from . import callbacks as callbacks
from . import constraints as constraints
from . import initializers as initializers
from . import layers as layers
from . import losses as losses
from . import metrics as metrics
from . import models as models
from . import optimizers as optimizers
from . import random as random
from . import regularizers as regularizers
from . import saving as saving
from . import utils as utils
from .layers import Input as Input
from .layers import Layer as Layer
from .losses import Loss as Loss
from .metrics import Metric as Metric
from .models import Model as Model
from .models import Sequential as Sequential
from .optimizers import Optimizer as Optimizer
from .random import set_random_seed as set_random_seed
from .settings import epsilon as epsilon
from .settings import floatx as floatx
from .settings import image_data_format as image_data_format
from .settings import set_epsilon as set_epsilon
from .settings import set_floatx as set_floatx
from .symbolic import KerasTensor as KerasTensor
from .variables import Variable as Variable

join_engine(__file__)
