"""A function and its class from one declaration: the class takes the function's options, and calls it."""

from __future__ import annotations

from inspect import Parameter, Signature, signature
from typing import Any


def options_of(function: Any) -> dict[str, Any]:
    """What a function takes after `y_true` and `y_pred`, with the defaults."""
    return {each.name: each.default for each in list(signature(function).parameters.values())[2:]}


def class_of(function: Any, class_name: str, base: type, parameters: dict[str, Any], doc: str) -> Any:
    """A class whose objects call `function` with the options that they were made with.

    `parameters` are those of `__init__` with their defaults, in order. `base.__init__` takes the function and these.
    """
    kind = Parameter.POSITIONAL_OR_KEYWORD
    listed = [Parameter(name, kind, default=default) for name, default in parameters.items()]
    accepted = Signature([Parameter("self", kind), *listed])

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            given = accepted.bind(self, *args, **kwargs).arguments
        except TypeError as error:
            raise TypeError(f"{class_name}: {error}; it takes {', '.join(parameters)}") from None
        del given["self"]
        base.__init__(self, function, **{**parameters, **given})  # type: ignore[misc]  # of the class that is made here

    vars(__init__)["__signature__"] = accepted
    members = {"__init__": __init__, "__doc__": doc, "__module__": function.__module__, "__qualname__": class_name}
    return type(class_name, (base,), members)
