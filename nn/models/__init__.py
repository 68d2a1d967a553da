"""Models: Sequential, functional and subclassed ones."""

from .model import Model as Model
from .sequential import Sequential as Sequential
