"""Weights as Keras 3 files them: a group for each layer, in the tree in which layers hold layers."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from ..layers.weighted import Weighted
from ..optimizers import Optimizer
from ..registry import snake_case
from ..variables import Variable
from .errors import ModelFileError
from .hdf5 import Group, h5py_module
from .kinds import HIDDEN, class_name


def holders(model: Any) -> Iterator[tuple[str, Any]]:
    """The model, its layers, theirs, and the optimizer, each once, with the paths that Keras has for them."""
    waiting: list[tuple[str, Any]] = [("", model)]
    seen = {id(model)}
    while waiting:
        path, holder = waiting.pop(0)
        yield path, holder
        new = []
        for inner, each in _held(holder):
            if id(each) not in seen:
                seen.add(id(each))
                new.append((f"{path}/{inner}" if path else inner, each))
        waiting = new + waiting


def _held(holder: Any) -> Iterator[tuple[str, Any]]:
    """What an object holds: by the names of its attributes, in containers by the names of classes and numbers."""
    attributes = dict(vars(holder)) if isinstance(holder, Weighted) else {}
    if hasattr(holder, "layers"):  # of a model all layers are there, whatever its private attributes are
        attributes = {name: each for name, each in attributes.items() if not name.startswith("_")}
        attributes["layers"] = holder.layers
    for name in sorted(attributes, key=lambda name: (name.startswith("_"), name)):
        value = attributes[name]
        if isinstance(value, (Weighted, Optimizer)):
            yield name, value
        elif isinstance(value, (list, tuple, dict)):
            yield from ((f"{name}/{inner}", each) for inner, each in _contained(value))


def _contained(container: Any) -> Iterator[tuple[str, Any]]:
    counts: dict[str, int] = {}
    for each in container.values() if isinstance(container, dict) else container:
        if isinstance(each, Weighted) and not isinstance(each, HIDDEN):
            base = snake_case(class_name(type(each)))
            number = counts[base] = counts.get(base, -1) + 1
            yield f"{base}_{number}" if number else base, each


def own_variables(holder: Any) -> list[Variable]:
    """The variables that are filed with an object itself."""
    return list(holder.variables if isinstance(holder, Optimizer) else holder._variables())


def write_weights(file: Any, model: Any) -> None:
    """Write all variables of a model to an open HDF5 file."""
    for path, holder in holders(model):
        group = file.create_group(f"{path}/vars" if path else "vars")
        group.attrs["name"] = holder.name
        for i, variable in enumerate(own_variables(holder)):
            group.create_dataset(str(i), data=variable.numpy())


def weights_bytes(model: Any) -> bytes:
    """The variables of a model as the content of an HDF5 file."""
    made = BytesIO()
    with h5py_module().File(made, "w") as file:
        write_weights(file, model)
    return made.getvalue()


class WeightsReader:
    """Reads variables of a file into a model: first all are looked at, and then all are assigned, or none."""

    def __init__(self, file: Any, skip_mismatch: bool = False) -> None:
        self._root, self._skip = Group(file), skip_mismatch
        self._found: list[tuple[Variable, Any]] = []
        self._optimizers: list[tuple[Any, list[Any]]] = []

    def read(self, model: Any) -> None:
        """Assign all variables. Raises ModelFileError where one is missing or has another shape."""
        listed = list(holders(model))
        places = _places(self._root, listed)
        for path, holder in listed:
            group = self._root.find(places[path]) if path else self._root
            if group is None:
                self._missing(path, holder)
            elif isinstance(holder, Optimizer):
                self._optimizer(group, holder, model)
            else:
                self._variables(group, holder)
        for variable, value in self._found:
            variable.assign(value)

    def _variables(self, group: Group, holder: Any) -> None:
        variables = own_variables(holder)
        stored = group.find("vars")
        count = len(stored.names()) if stored is not None else 0
        if count != len(variables):
            return self._misfit(f"{holder.name!r} has {len(variables)} weights, the file {count} for it")
        for i, variable in enumerate(variables):
            assert stored is not None
            try:
                self._found.append((variable, stored.array(str(i), variable.shape)))
            except ModelFileError as error:
                self._misfit(f"{variable.path!r}: {error}")

    def _missing(self, path: str, holder: Any) -> None:
        if own_variables(holder) and not isinstance(holder, Optimizer):
            self._misfit(f"the file has nothing at {path!r} for the weights of {holder.name!r}")

    def _misfit(self, message: str) -> None:
        if not self._skip:
            raise ModelFileError(message)
        warnings.warn(f"skipped: {message}", stacklevel=2)

    def _optimizer(self, group: Group, optimizer: Any, model: Any) -> None:
        """The slots; an optimizer that was saved before its first step has none yet."""
        stored = group.find("vars")
        count = len(stored.names()) if stored is not None else 0
        if not optimizer.built and count > len(optimizer.variables):
            optimizer.build(model.trainable_variables)
        if stored is None or count > len(optimizer.variables):
            warnings.warn(
                f"the optimizer {optimizer.name!r} has {len(optimizer.variables)} variables, the file {count}: "
                "it begins anew", stacklevel=2,
            )  # fmt: skip
            return
        for i, variable in enumerate(optimizer.variables[:count]):
            self._found.append((variable, stored.array(str(i), variable.shape)))


def _places(root: Group, listed: list[tuple[str, Any]]) -> dict[str, str]:
    """Where each object's group is: in containers by the objects' names where the file has all of them.

    Else by the paths, which count the objects of a class: two models are alike whatever their layers are called.
    """
    owners = {path for path, _ in listed}
    beside: dict[str, list[tuple[str, Any]]] = {}
    for path, holder in listed:
        beside.setdefault(path.rpartition("/")[0], []).append((path, holder))
    places: dict[str, str] = {}
    for above, members in beside.items():  # what holds comes before what it holds
        here = _above(above, places)
        named = _by_name(root, here) if above not in owners else {}
        is_known = bool(named) and all(each.name in named for _, each in members)
        for path, each in members:
            last = named[each.name] if is_known else path.rpartition("/")[2]
            places[path] = f"{here}/{last}" if here else last
    return places


def _above(path: str, places: dict[str, str]) -> str:
    """The place of a container, inside of what holds it."""
    head, _, last = path.rpartition("/")
    if path in places:
        return places[path]
    return f"{_above(head, places)}/{last}" if head else last


def _by_name(root: Group, path: str) -> dict[str, str]:
    """The groups in a container by the names of the objects that they belong to."""
    parent = root.find(path)
    found: dict[str, str] = {}
    for each in parent.names() if parent is not None else ():
        inner = parent.find(f"{each}/vars") if parent is not None else None
        name = inner.text("name") if inner is not None else None
        if name is not None:
            found[name] = each
    return found
