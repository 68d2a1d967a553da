"""Optimizers: rules that change variables by their gradients, by Keras' names."""

from . import schedules as schedules
from .adam import Adam as Adam
from .adam import Adamax as Adamax
from .adam import AdamW as AdamW
from .adam import Lamb as Lamb
from .adam import Nadam as Nadam
from .adaptive import Adadelta as Adadelta
from .adaptive import Adagrad as Adagrad
from .adaptive import RMSprop as RMSprop
from .base import Optimizer as Optimizer
from .base import registry as registry
from .ftrl import Ftrl as Ftrl
from .momentum import SGD as SGD
from .momentum import Lion as Lion

get = registry.get
serialize = registry.to_config
deserialize = registry.from_config
