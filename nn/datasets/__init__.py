"""Data sets under Keras' names: `(x_train, y_train), (x_test, y_test) = nn.datasets.mnist.load_data()`."""

from . import california_housing as california_housing
from . import circles as circles
from . import digits as digits
from . import fashion_mnist as fashion_mnist
from . import iris as iris
from . import mnist as mnist
from . import moons as moons
from . import spirals as spirals
from . import xor as xor
from .errors import DataError as DataError
from .errors import MissingDataError as MissingDataError
