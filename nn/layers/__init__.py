"""Layers, a file for each family."""

from .dense import Dense as Dense
from .input import Input as Input
from .input import InputLayer as InputLayer
from .layer import Layer as Layer
from .layer import registry as registry
from .shaping import Flatten as Flatten

get, deserialize, serialize = registry.get, registry.from_config, registry.to_config
