"""Variables, names, registries and seeds."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import autodiff as ad
import nn
from nn.registry import Configured, Registry
from nn.variables import Variable


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_copies_are_variables(copied):
    v = Variable([1.0, 2.0], trainable=False, name="kernel", path="dense/kernel")
    v.constraint = np.abs
    w = copied(v)
    w.assign_add(1.0)
    assert (w.name, w.path, w.trainable, w.requires_grad, w.constraint) == (
        "kernel",
        "dense/kernel",
        False,
        False,
        np.abs,
    )
    np.testing.assert_array_equal(v.numpy(), [1, 2])
    np.testing.assert_array_equal(w.numpy(), [2, 3])


def test_assigning_keeps_dtype_and_array():
    v = Variable(np.zeros(3))
    array = v.data
    for value in (np.arange(3), [1, 2, 3], ad.tensor(np.ones(3)), ad.tensor(np.ones(3), requires_grad=True) * 2):
        v.assign(value)
        assert v.dtype == np.float32
        np.testing.assert_array_equal(v.numpy(), value.detach().numpy() if isinstance(value, ad.Tensor) else value)
    assert v.data is array
    with pytest.raises(ValueError, match=r"has shape \(3,\), got a value of shape \(2,\)"):
        v.assign([1, 2])


def test_assigning_in_a_compiled_function():
    v = Variable(np.zeros(2), trainable=False, name="count")
    step = ad.compile(lambda x: v.assign_add(np.sum(x, axis=0)))
    for _ in range(3):
        step(np.ones((4, 2)))
    np.testing.assert_array_equal(v.numpy(), [12, 12])
    assert v.dtype == np.float32


def test_a_variable_is_an_argument_of_compiled_functions():
    double = ad.compile(lambda v: v * 2)
    for k in range(3):
        np.testing.assert_array_equal(double(Variable([k, 1.0])).numpy(), [2 * k, 2])


def test_graphs_call_a_variable_by_its_layer():
    layer = nn.layers.Dense(2, name="hidden")
    layer.build((None, 3))
    assert [v.path for v in layer.weights] == ["hidden/kernel", "hidden/bias"]
    assert "hidden_kernel" in ad.draw(layer(np.ones((1, 3)))).source


def test_unknown_names_tell_close_ones():
    with pytest.raises(ValueError, match="did you mean 'relu'"):
        nn.activations.get("rellu")
    with pytest.raises(TypeError, match="expected a name, a config, a function"):
        Registry("thing").get(3)


def test_a_config_holds_what_the_object_takes():
    class Base(Configured):
        def __init__(self, name=None, unit=1):
            self.name, self.unit = name, unit

    class Closed(Base):
        def __init__(self, rate):
            super().__init__()
            self.rate = rate

    class Open(Base):
        def __init__(self, rate, **kwargs):
            super().__init__(**kwargs)
            self.rate = rate

    assert Closed(2).get_config() == {"rate": 2}
    assert Open(2, unit=3).get_config() == {"name": None, "unit": 3, "rate": 2}
    assert Open.from_config(Open(2, unit=3).get_config()).unit == 3


def test_seeds():
    def drawn():
        nn.set_random_seed(7)
        return [nn.random.generator().random() for _ in range(2)]

    assert drawn() == drawn()
    assert len(set(drawn())) == 2
    assert nn.random.generator(3).random() == nn.random.generator(3).random()
    with pytest.raises(ValueError, match="whole number"):
        nn.set_random_seed(-1)
