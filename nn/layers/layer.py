"""Layer: what all layers, and models, are."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import cache, wraps
from typing import Any

import numpy as np

import autodiff as ad
from autodiff import Tensor
from autodiff.tree import map_leaves

from .. import constraints, initializers, limits, regularizers
from ..calls import calling, calls, mask_of, set_mask
from ..naming import unique_name
from ..registry import Registry
from ..settings import standard_dtype
from ..symbolic import LayerCall, is_symbolic, joined, shapes_of, zeros_like
from ..variables import Variable
from .checks import check_inputs, explained, title
from .weighted import Weighted

registry = Registry("layer")
_LEGACY = ("input_shape", "batch_input_shape", "input_dim")


class Layer(Weighted):
    """A function with weights. A subclass writes `call`, and `build` where weights depend on the inputs' shape.

    `call` gets tensors and computes with NumPy's functions; where it has a parameter `training` (or `mask`)
    it is told. `add_weight` makes weights. Raises ValueError for inputs of a shape that does not fit.

    >>> import nn
    >>> class Scale(nn.layers.Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="factor")
    ...     def call(self, inputs):
    ...         return inputs * self.factor
    >>> Scale()(np.array([[1.0, 2.0]])).numpy()
    array([[1., 2.]], dtype=float32)
    """

    supports_masking = False
    min_ndim = 0  # of inputs, the batch among it
    computes_floats = False  # whether whole numbers become floats

    _own: list[Variable]
    _added: list[Any]
    _calls: list[LayerCall]
    _axes: dict[int, int]
    _first_shape: Any
    _build_shape: Any
    built: bool

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """What every layer has, also where a subclass does not call `super().__init__()` first."""
        made = super().__new__(cls)
        made._own, made.built, made._added, made._trainable = [], False, [], True
        made._calls, made._axes, made._first_shape, made._build_shape = [], {}, None, None
        made.activity_regularizer, made._dtype, made._name = None, standard_dtype(None), ""
        return made

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """A layer is built after `build`, whoever calls it."""
        super().__init_subclass__(**kwargs)
        if "build" in vars(cls):
            cls.build = _marking(cls.build)  # type: ignore[method-assign]  # the same, and it marks

    def __init__(
        self, *, activity_regularizer: Any = None, trainable: bool = True, dtype: Any = None, name: str | None = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        self._name = name or unique_name(type(self))
        self._trainable = trainable
        self._dtype = standard_dtype(dtype)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self._first_shape = _first_shape(kwargs)
        kwargs.pop("autocast", None)
        if kwargs:
            raise TypeError(
                f"{type(self).__name__}: unknown argument {', '.join(map(repr, kwargs))}; "
                f"it takes {', '.join(_arguments(type(self).__init__))}"
            )

    @property
    def name(self) -> str:
        """The name in summaries, drawings, emitted programs and messages."""
        if not self._name:
            self._name = unique_name(type(self))
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self._name = name

    @property
    def dtype(self) -> str:
        """The dtype of weights and results."""
        return self._dtype

    compute_dtype = variable_dtype = dtype

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same layer."""
        config = {"name": self.name, "trainable": self.trainable, "dtype": self.dtype, **super().get_config()}
        if self.activity_regularizer is None:
            config.pop("activity_regularizer", None)
        return config

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"

    # Weights

    def build(self, input_shape: Any) -> None:
        """Make the weights for inputs of a shape, in which None stands for any number. A layer without has none."""

    def add_weight(
        self, shape: Sequence[int] | None = None, initializer: Any = None, dtype: Any = None, trainable: bool = True,
        regularizer: Any = None, constraint: Any = None, name: str | None = None, **kwargs: Any,
    ) -> Variable:  # fmt: skip
        """A variable of the layer; `initializer` by name, config or object, by default Glorot's uniform one."""
        shape = (shape,) if isinstance(shape, int) else tuple(shape or ())
        name = name or "variable"
        make = initializers.get("glorot_uniform" if initializer is None else initializer)
        path = "/".join([*calls.names, *([] if calls.names[-1:] == (self.name,) else [self.name]), name])
        limits.take(f"weight {path!r}", shape, dtype or self.dtype)
        made = Variable(make, shape, dtype or self.dtype, trainable, name, path)
        made._ensure_node().name = f"{self.name}_{name}"
        made.regularizer, made.constraint = regularizers.get(regularizer), constraints.get(constraint)
        self._own.append(made)
        return made

    def needs_size(self, input_shape: Any, axis: int) -> int:
        """The size of an axis of the inputs, which the layer's weights depend on, and which is checked from now on."""
        size = input_shape[axis] if -len(input_shape) <= axis < len(input_shape) else None
        if size is None:
            raise ValueError(
                f"{title(self)}: axis {axis} of the inputs must have a known size, got shape {input_shape}"
            )
        self._axes[axis] = size
        return int(size)

    # Losses

    def add_loss(self, loss: Any) -> None:
        """Add a number to the loss of the step under way."""
        (self._added if calls.losses is None else calls.losses).append(loss)

    @property
    def losses(self) -> list[Any]:
        """What regularizers and `add_loss` add to a loss."""
        added = [each for layer in self.flattened() for each in layer._added]
        regularized = [v.regularizer(v) for v in self.trainable_weights if v.regularizer is not None]
        return [*added, *regularized]

    # Calls

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """What the layer computes."""
        raise NotImplementedError(f"{type(self).__name__} has no method call(self, inputs)")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if is_symbolic((args, kwargs)):
            return self._symbolic(args, kwargs)
        training = kwargs.pop("training", None)
        training = calls.training if training is None else bool(training)
        args, kwargs = map_leaves(self._as_input, args), map_leaves(self._as_input, kwargs)
        self.ensure_built(shapes_of(_inputs(args, kwargs)))
        check_inputs(self, args)
        with calling(training=training, names=(*calls.names, self.name)), ad.scope(self.name):
            self._added.clear()
            if self.activity_regularizer is None and not calls.watchers:
                return self._masked(args, self._called(args, kwargs))
            return self._masked(args, self._watched(args, self._called(args, kwargs)))

    def _called(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        takes = _arguments(type(self).call)
        if "training" in takes:
            kwargs = {**kwargs, "training": calls.training}
        if "mask" in takes and "mask" not in kwargs:
            kwargs = {**kwargs, "mask": map_leaves(mask_of, args[0]) if args else None}
        try:
            return self.call(*args, **kwargs)
        except (ValueError, TypeError, IndexError) as error:
            raise explained(error, self, args) from error

    def _watched(self, args: tuple[Any, ...], outputs: Any) -> Any:
        """Activities are regularized per row; who looks at layers is told."""
        if self.activity_regularizer is not None:
            rows = next(iter(_tensors(args))).shape[0]
            for each in _tensors(outputs):
                self.add_loss(self.activity_regularizer(each) / rows)
        for watcher in calls.watchers:
            watcher(self, outputs)
        return outputs

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The mask of the outputs: that of the inputs, where the layer knows what to do with one."""
        return previous_mask if self.supports_masking else None

    def _masked(self, args: tuple[Any, ...], outputs: Any) -> Any:
        if calls.masks or type(self).compute_mask is not Layer.compute_mask:
            mask = self.compute_mask(args[0], map_leaves(mask_of, args[0])) if args else None
            return set_mask(outputs, mask)
        return outputs

    def _as_input(self, value: Any) -> Any:
        """Arrays as tensors; floats, and whole numbers for layers that compute, in the layer's dtype."""
        if isinstance(value, Tensor):
            is_wanted = value.dtype == self.dtype or value.dtype.kind not in ("fiub" if self.computes_floats else "f")
            return value if is_wanted else set_mask(value.astype(self.dtype), mask_of(value))
        if not isinstance(value, (np.ndarray, np.generic)):
            return value
        return self._as_input(ad.tensor(value))

    def ensure_built(self, input_shape: Any) -> None:
        """Build the layer, if it is not built yet."""
        if self.built:
            return
        with calling(names=(*calls.names, self.name)):
            self.build(input_shape)
        self.built = True

    # Symbolic calls

    def _symbolic(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Symbolic outputs: the layer is called on zeros of two batch sizes, and what varies is any size."""
        self.ensure_built(shapes_of(_inputs(args, kwargs)))
        quiet = np.errstate(all="ignore")  # the zeros are no values: 1 / x of them means nothing
        with ad.no_grad(), quiet, calling(training=False, losses=[], watchers=(), names=()):
            limits.check_call(self, args, kwargs, self)
            small, large = (self(*zeros_like(args, size), **zeros_like(kwargs, size)) for size in (2, 3))
        outputs = joined(small, large)
        self._calls.append(LayerCall(self, args, kwargs, outputs))
        return outputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the outputs for one of the inputs."""
        from .input import Input

        is_single = all(each is None or isinstance(each, int) for each in input_shape)
        shapes = [input_shape] if is_single else input_shape
        inputs = [Input(batch_shape=shape) for shape in shapes]
        before = len(self._calls)
        made = self(inputs[0] if is_single else inputs)
        del self._calls[before:]
        return shapes_of(made)

    @property
    def input(self) -> Any:
        """The symbolic tensors of the layer's first call."""
        return _single(self._call("input").inputs())

    @property
    def output(self) -> Any:
        """The symbolic tensors that the layer's first call gave."""
        return self._call("output").outputs

    def _call(self, what: str) -> LayerCall:
        if not self._calls:
            raise AttributeError(f"layer {self.name!r} has no {what}: it was not called on symbolic tensors yet")
        return self._calls[0]

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A layer made of a config, as `get_config` gives it."""
        return cls(**config)


def _marking(build: Any) -> Any:
    @wraps(build)
    def built(self: Layer, *args: Any, **kwargs: Any) -> None:
        build(self, *args, **kwargs)
        self.built = True
        self._build_shape = args[0] if args else next(iter(kwargs.values()), None)

    return built


def _single(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


def _inputs(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return args[0] if args else next(iter(kwargs.values()), None)


def _tensors(structure: Any) -> list[Tensor]:
    found: list[Tensor] = []
    map_leaves(lambda each: found.append(each) if isinstance(each, Tensor) else None, structure)
    return found


@cache
def _arguments(function: Any) -> tuple[str, ...]:
    return tuple(name for name in inspect.signature(function).parameters if name not in ("self", "kwargs"))


def _first_shape(kwargs: dict[str, Any]) -> tuple[int | None, ...] | None:
    """The shape of the inputs, the batch among it, as a first layer may be told."""
    given = {name: kwargs.pop(name) for name in _LEGACY if name in kwargs}
    if "input_dim" in given:
        return (None, given["input_dim"])
    if "batch_input_shape" in given:
        return tuple(given["batch_input_shape"])
    if "input_shape" not in given:
        return None
    shape = given["input_shape"]
    return (None, *((shape,) if isinstance(shape, int) else shape))
