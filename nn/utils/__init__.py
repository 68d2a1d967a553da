"""Small things around models and data."""

from ..random import set_random_seed as set_random_seed
from .arrays import normalize as normalize
from .arrays import split_dataset as split_dataset
from .arrays import to_categorical as to_categorical
from .plotting import plot_model as plot_model
from .session import clear_session as clear_session
