"""The registry of activation functions, which the files of this package fill."""

from ..registry import Registry

registry = Registry("activation")
