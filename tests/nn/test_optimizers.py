"""Optimizers: weights and slots as Keras has them after each step, by hand in NumPy, compiled as eager, and errors."""

from __future__ import annotations

import copy
import importlib.util
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autodiff as ad
from benchmarks.keras_records.optimizers import CASES, FIXTURE, KEPT, flat, follow_keras, gradients, parts, start
from nn import Variable, optimizers, set_floatx
from nn.optimizers import SGD, Adam, AdamW, Lion, Nadam, Optimizer, schedules

KERAS = np.load(FIXTURE)


def tolerance(dtype: str, case: str = "") -> dict[str, float]:
    """Rounding of 100 steps in other orders; where a weight is near 0, it is that of the larger ones it came from.

    Keras' Nadam takes 1 - beta_2 of a float32 beta_2: its second moments are 1.3e-5 too small.
    """
    if dtype == "float64":
        return {"rtol": 1e-12, "atol": 1e-13}
    return {"rtol": 2e-5 if "nadam" in case else 1e-5, "atol": 1e-6}


@pytest.fixture(autouse=True)
def floats(request) -> Iterator[None]:
    """Rates have the dtype that is set for all: that of the test's weights."""
    arguments = getattr(request.node, "callspec", None)
    set_floatx(arguments.params.get("dtype", "float32") if arguments else "float32")
    yield
    set_floatx("float32")


def make(value: Any, dtype: str, name: str) -> Variable:
    return Variable(np.array(value), dtype=dtype, name=name)


def slots_of(optimizer: Optimizer) -> list[Variable]:
    return [each for each in optimizer.variables if each.name != "learning_rate"]


def follow(case: str, dtype: str, compiled: bool = False) -> dict[str, Any]:
    """A case here, as `follow_keras` does it there."""
    optimizer, variables = start(optimizers, case, make, dtype)

    def update(gradients: Any) -> None:
        optimizer.apply(gradients, variables)

    update = ad.compile(update) if compiled else update
    found: dict[str, Any] = {"weights": [], "slots": [], "names": [each.name for each in slots_of(optimizer)]}
    for gradient in gradients().astype(dtype):
        update(parts(gradient))
        found["weights"].append(flat(each.numpy() for each in variables))
        found["slots"].append(flat(each.numpy() for each in slots_of(optimizer)))
    assert all(each.dtype == dtype for each in [*variables, *optimizer.variables[2:]] if each.name != "product")
    optimizer.finalize_variable_values(variables)
    return {key: np.array(value) for key, value in {**found, "final": flat(each.numpy() for each in variables)}.items()}


# Keras


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES)
def test_recorded_keras(case, dtype):
    found, place = follow(case, dtype), list(CASES).index(case)
    slots = np.split(KERAS[f"{dtype}/slots"], np.cumsum(KERAS["widths"]), axis=1)[place]
    at = slice(None) if dtype == "float32" else KEPT - 1
    np.testing.assert_allclose(found["weights"][at], KERAS[f"{dtype}/weights"][place], **tolerance(dtype, case))
    np.testing.assert_allclose(found["slots"][KEPT - 1], slots, **tolerance(dtype, case))
    np.testing.assert_allclose(found["final"], KERAS[f"{dtype}/final"][place], **tolerance(dtype, case))


@pytest.mark.parametrize("case", CASES)
def test_slots_have_the_names_and_the_order_of_keras(case):
    optimizer, _ = start(optimizers, case, make, "float32")
    there = str(KERAS["names"][list(CASES).index(case)]).split()
    if isinstance(optimizer, Nadam):
        assert there.pop().startswith("variable") and optimizer.variables[-1].name == "product"  # Keras gave it no name
    assert [each.name for each in slots_of(optimizer) if each.name != "product"] == there


@pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("keras", "jax"))), reason="compares with Keras where that is installed"
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of NumPy, for how Keras makes arrays of its variables
@pytest.mark.parametrize("case", CASES)
def test_live_keras(case):
    there, here = follow_keras(case, "float32"), follow(case, "float32")
    for key in ("weights", "slots", "final"):
        np.testing.assert_allclose(here[key], there[key], **tolerance("float32", case))


# Compiled


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES)
def test_compiled_is_as_eager(case, dtype):
    eager, compiled = follow(case, dtype), follow(case, dtype, compiled=True)
    for key in ("weights", "slots", "final"):
        # powers of whole tensors may be spelled as products, which round in another order
        np.testing.assert_allclose(compiled[key], eager[key], **tolerance(dtype, case))


@pytest.mark.parametrize("case", CASES)
def test_two_runs_are_the_same(case):
    first, second = follow(case, "float32"), follow(case, "float32")
    assert all(first[key].tobytes() == second[key].tobytes() for key in ("weights", "slots", "final"))


def tensor_step(optimizer: Optimizer, w: Variable, compiled: bool = True) -> Any:
    """A training step of the loss (w - 3)², compiled."""

    def step(target: Any) -> Any:
        loss, grads = ad.value_and_grad(lambda w: np.sum((w - target) ** 2))(w)
        optimizer.apply([grads], [w])
        return loss

    optimizer.build([w])
    return ad.compile(step) if compiled else step


def test_the_rate_is_read_at_each_call_without_a_new_trace():
    w, optimizer = Variable([1.0, 2.0]), SGD(0.25)
    step = tensor_step(optimizer, w)
    target = np.float32([3.0, 3.0])
    step(target)
    program = step.source
    np.testing.assert_array_equal(w.numpy(), [2.0, 2.5])
    optimizer.learning_rate = 0.5
    step(target)
    np.testing.assert_array_equal(w.numpy(), [3.0, 3.0])
    assert step.source == program and float(optimizer.learning_rate) == 0.5


def test_a_rate_of_a_function_is_asked_in_each_step():
    rates = {"now": 0.25}
    w, optimizer = Variable([1.0]), SGD(lambda: rates["now"])
    for target in (3.0, 3.0):
        optimizer.apply([2 * (w.numpy() - target)], [w])
        rates["now"] = 0.5
    np.testing.assert_array_equal(w.numpy(), [3.0])
    assert optimizer.learning_rate == 0.5


def test_a_compiled_step_refuses_a_function_that_gives_numbers():
    rate, w = Variable(0.5, trainable=False), Variable([1.0])
    with pytest.raises(TypeError, match=r"that gave 0.5: a compiled step would ask it only once. Let it return a Var"):
        tensor_step(SGD(lambda: 0.5), w)(np.float32([3.0]))
    step = tensor_step(SGD(lambda: rate), w)
    step(np.float32([3.0]))
    assert w.tolist() == [3.0]
    rate.assign(0.25)
    step(np.float32([5.0]))
    assert w.tolist() == [4.0]


def test_a_schedule_in_a_program_looks_at_the_iterations():
    w, optimizer = Variable([0.0]), SGD(schedules.PiecewiseConstantDecay([1, 2], [1.0, 0.5, 0.25]))
    optimizer.build([w])
    step = ad.compile(lambda g: optimizer.apply([g], [w]))
    found = []
    for _ in range(5):
        step(np.float32([-1.0]))
        found.append(w.item())
    assert found == [1.0, 2.0, 2.5, 2.75, 3.0]


@pytest.mark.parametrize(
    "kind", ["SGD", "RMSprop", "Adagrad", "Adam", "AdamW", "Adamax", "Nadam", "Ftrl", "Lion", "Lamb"]
)
@pytest.mark.parametrize("compiled", [False, True])
def test_a_bowl_is_descended(kind, compiled):
    w = Variable([1.0, 5.0])
    step = tensor_step(getattr(optimizers, kind)(learning_rate=0.1), w, compiled)
    target = np.float32([3.0, 3.0])
    losses = [step(target).item() for _ in range(60)]
    assert losses[-1] < 0.8 * losses[0]


def test_the_program_of_an_update_is_float32_throughout():
    shapes = [(784, 300), (300,), (300, 100), (100,), (100, 10), (10,)]
    variables = [Variable(np.ones(shape), name=f"w{i}") for i, shape in enumerate(shapes)]
    given = [np.ones(shape, np.float32) for shape in shapes]
    for options in (
        {},
        {
            "weight_decay": 0.1,
            "clipnorm": 1.0,
            "use_ema": True,
            "ema_overwrite_frequency": 2,
            "gradient_accumulation_steps": 2,
        },
        {"learning_rate": schedules.CosineDecay(0.1, 10), "global_clipnorm": 1.0},
        {"learning_rate": schedules.PiecewiseConstantDecay([1, 2], [1.0, 0.5, 0.1]), "clipvalue": 1.0},
        {"decay": 1e-4},
    ):
        optimizer = Adam(**options)
        optimizer.build(variables)
        update = ad.compile(lambda given, optimizer=optimizer: optimizer.apply(given))
        update(given)
        update(given)
        assert "float64" not in update.source and "for rows in" in update.source


# By hand


def test_adam_by_hand():
    """Kingma & Ba 2015, Algorithm 1, as it is printed but for ε̂."""
    w, m, v = np.array([1.0, -2.0]), np.zeros(2), np.zeros(2)
    variable, optimizer = Variable(w, dtype="float64"), Adam(0.1, epsilon=0.0)
    for t, g in enumerate(gradients()[:20, :2], 1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w = w - np.float32(0.1) * (m / (1 - 0.9**t)) / np.sqrt(v / (1 - 0.999**t))
        optimizer.apply([g], [variable])
    np.testing.assert_allclose(variable.numpy(), w, rtol=1e-12)


def test_tf_keras_names_of_the_rate():
    """Power scheduling: the rate is divided by 1 + decay * iterations, and can still be set."""
    w, optimizer = Variable([0.0], dtype="float64"), SGD(lr=0.5, decay=0.25)
    rates = [0.5, 0.5 / 1.25, 0.5 / 1.5, 1.0 / 1.75]
    for i, rate in enumerate(rates):
        if i == 3:
            optimizer.learning_rate = 1.0
        before = w.numpy()
        optimizer.apply([np.array([1.0])], [w])
        np.testing.assert_allclose(before - w.numpy(), rate, rtol=1e-6)  # the rate is a float32
    assert optimizer.get_config()["decay"] == 0.25 and SGD.from_config(optimizer.get_config()).get_config()["decay"]


def test_decay_is_the_schedule_of_the_lecture():
    by_decay, by_schedule = Variable([1.0, 2.0]), Variable([1.0, 2.0])
    one, other = SGD(learning_rate=0.01, decay=1e-1), SGD(schedules.PowerDecay(0.01, decay_steps=10))
    for g in np.float32(gradients()[:, :2]):
        one.apply([g], [by_decay])
        other.apply([g], [by_schedule])
    np.testing.assert_allclose(by_decay.numpy(), by_schedule.numpy(), rtol=1e-6)


def test_gradient_accumulation_keeps_all_as_it_is_in_between():
    w, optimizer = Variable([1.0]), Adam(0.1, gradient_accumulation_steps=3, weight_decay=0.1)
    optimizer.build([w])
    own = [each for each in slots_of(optimizer)[1:] if "accumulator" not in each.name]
    for g in ([1.0], [2.0]):
        optimizer.apply([np.float32(g)], [w])
        assert w.tolist() == [1.0] and all(each.tolist() == [0.0] for each in own)
    optimizer.apply([np.float32([3.0])], [w])
    same, at_once = Variable([1.0]), Adam(0.1, weight_decay=0.1)
    at_once.apply([np.float32([2.0])], [same])
    assert w.tolist() == same.tolist() and int(optimizer.iterations) == 1
    assert [each.tolist() for each in own] == [each.tolist() for each in slots_of(at_once)[1:]]


def test_gradient_accumulation_holds_for_rules_that_assign_by_themselves():
    class Plain(Optimizer):
        def update_step(self, gradient, variable, learning_rate):
            variable.assign_sub(gradient * learning_rate)

    w, optimizer = Variable([1.0]), Plain(0.5, gradient_accumulation_steps=2)
    optimizer.apply([np.float32([1.0])], [w])
    assert w.tolist() == [1.0]
    optimizer.apply([np.float32([2.0])], [w])
    assert w.tolist() == [0.25]


def test_gradient_accumulation_holds_for_slots_made_early():
    class Counting(Optimizer):
        def __init__(self, learning_rate, **common):
            super().__init__(learning_rate, **common)
            self.count = self.add_variable((), name="count")

        def update_step(self, gradient, variable, learning_rate):
            self.assign_add(self.count, 1)

    optimizer = Counting(0.5, gradient_accumulation_steps=2)
    for _ in range(5):
        optimizer.apply([np.ones(1)], optimizer._trainable or [Variable([1.0])])
    assert optimizer.count.item() == 2


def test_one_name_may_be_excluded_from_decay():
    w, optimizer = Variable([1.0], name="w"), SGD(1.0, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names="wide")
    optimizer.apply([np.zeros(1)], [w])
    assert w.tolist() == [0.5]


@pytest.mark.parametrize("bad", [np.inf, np.nan])
def test_norms_that_are_not_finite(bad):
    """As in Keras: with a common norm all is lost, and seen; clipped one by one, inf is cut by value only."""
    given = [np.float32([bad, 1.0]), np.float32([1.0])]

    def updated(**options: Any) -> list[Any]:
        variables = [Variable([1.0, 1.0]), Variable([1.0])]
        SGD(1.0, **options).apply(given, variables)
        return [each.tolist() for each in variables]

    with np.errstate(invalid="ignore"):
        assert np.isnan(np.concatenate(updated(global_clipnorm=0.5))).all()
        assert updated(clipnorm=0.5)[1] == [0.5]
        np.testing.assert_array_equal(updated(clipvalue=0.5)[0], [0.5 if bad == np.inf else np.nan, 0.5])


@pytest.mark.parametrize("option", ["clipnorm", "global_clipnorm", "clipvalue"])
def test_gradients_of_zero_are_clipped_to_zero(option):
    w = Variable([1.0])
    SGD(1.0, **{option: 0.5}).apply([np.zeros(1, np.float32)], [w])
    assert w.tolist() == [1.0]


def test_weights_decay_as_much_as_said_in_sum():
    """In float32 1 - 4e-8 is 1 - 6e-8 and half too much; w - w * 4e-8 is rounded up for some, and down for others."""
    before = np.random.default_rng(0).uniform(0.5, 1.0, 100_000).astype(np.float32)
    w = Variable(before)
    SGD(4e-4, weight_decay=1e-4).apply([np.zeros_like(before)], [w])
    lost = np.sum(before.astype(np.float64) - w.numpy())
    np.testing.assert_allclose(lost, np.sum(before * 4e-8), rtol=0.05)


# What it is given


def test_gradients_of_none_are_left_out_with_a_warning():
    kernel, bias, optimizer = make([1.0], "float32", "kernel"), make([1.0], "float32", "bias"), SGD(0.5)
    with pytest.warns(UserWarning, match=r"sgd.apply: no gradients for bias.*does the loss depend on"):
        optimizer.apply([np.float32([1.0]), None], [kernel, bias])
    assert (kernel.tolist(), bias.tolist(), int(optimizer.iterations)) == ([0.5], [1.0], 1)


def test_apply_gradients_takes_pairs_and_some_of_the_variables():
    kernel, bias, optimizer = make([1.0], "float32", "kernel"), make([1.0], "float32", "bias"), SGD(0.5, momentum=0.5)
    optimizer.build([kernel, bias])
    assert int(optimizer.apply_gradients([(np.float32([1.0]), bias)])) == 1
    assert [each.tolist() for each in optimizer.variables[2:]] == [[0.0], [-0.5]]
    assert (kernel.tolist(), bias.tolist()) == ([1.0], [0.5])


def test_other_dtypes_become_the_variables():
    w, optimizer = Variable([1.0]), Adam(0.1)
    optimizer.apply([np.array([1.0])], [w])
    assert {each.dtype.name for each in [w, *optimizer.variables[1:]]} == {"float32"}


@pytest.mark.parametrize("given", [0.5, np.float64(0.5), lambda: np.float64(0.5), schedules.PowerDecay(0.5, 10)])
def test_a_rule_gets_gradient_and_rate_in_the_dtype_of_its_variable(given):
    seen = []

    class Looking(Optimizer):
        def update_step(self, gradient, variable, learning_rate):
            seen.append((gradient.dtype.name, learning_rate.dtype.name))

    variables = [Variable([1.0], dtype=dtype) for dtype in ("float16", "float32", "float64")]
    Looking(given).apply([np.ones(1, np.float32) for _ in variables], variables)
    assert seen == [(dtype, dtype) for dtype in ("float16", "float32", "float64")]


def test_a_program_can_be_made_before_the_optimizer_is_built():
    w, optimizer = Variable([1.0]), Adam(0.1)
    other, eager = Variable([1.0]), Adam(0.1)
    update = ad.compile(lambda g: optimizer.apply([g], [w]))
    for g in np.float32(gradients()[:5, :1]):
        update(g)
        eager.apply([g], [other])
        np.testing.assert_allclose(w.numpy(), other.numpy(), rtol=1e-6)


def test_building_twice_keeps_the_slots():
    w, optimizer = Variable([1.0]), Adam(0.1)
    optimizer.apply([np.float32([1.0])], [w])
    state = [each.tolist() for each in optimizer.variables]
    optimizer.build([w])
    assert [each.tolist() for each in optimizer.variables] == state


def test_a_rule_of_ones_own():
    """As written for Keras, with a slot and its config."""

    class Heavy(Optimizer):
        def __init__(self, learning_rate=0.1, heaviness=0.9, **kwargs):
            super().__init__(learning_rate=learning_rate, **kwargs)
            self.heaviness = heaviness

        def build(self, variables):
            super().build(variables)
            self.momentums = [self.add_variable_from_reference(each, name="momentum") for each in variables]

        def update_step(self, gradient, variable, learning_rate):
            m = self.momentums[self._get_variable_index(variable)]
            self.assign(m, self.heaviness * m - learning_rate * gradient)
            self.assign_add(variable, m)

        def get_config(self):
            return {**super().get_config(), "heaviness": self.heaviness}

    def built_once(optimizer: Optimizer) -> list[Any]:
        w = Variable([1.0, -1.0])
        optimizer.build([w])
        for g in np.float32(gradients()[:9, :2]):
            optimizer.apply([g])
        return w.tolist()

    np.testing.assert_allclose(built_once(Heavy(0.1)), built_once(SGD(0.1, momentum=0.9)), rtol=1e-6)
    assert Heavy.from_config(Heavy(heaviness=0.5).get_config()).heaviness == 0.5


def test_copies_go_on_where_they_were():
    """Copied or pickled with its variables, an optimizer knows those again."""
    w, excluded = Variable([1.0, 2.0], name="w"), Variable([1.0], name="b")
    optimizer = Adam(0.1, weight_decay=0.1)
    optimizer.exclude_from_weight_decay([excluded])
    steps = gradients()[:4].astype(np.float32)
    for each in steps[:2]:
        optimizer.apply([each[:2], each[2:]], [w, excluded])
    worlds = [copy.deepcopy((optimizer, [w, excluded])), pickle.loads(pickle.dumps((optimizer, [w, excluded])))]
    for one, variables in [*worlds, (optimizer, [w, excluded])]:
        for each in steps[2:]:
            one.apply([each[:2], each[2:]], variables)
    for _, (v, b) in worlds:
        assert (v.tolist(), b.tolist()) == (w.tolist(), excluded.tolist())


def test_slots_of_ones_own():
    optimizer = SGD()
    w = Variable(np.ones((2, 3)), name="kernel", path="dense/kernel")
    slot = optimizer.add_variable_from_reference(w, "scale", initializer="ones")
    assert (slot.path, slot.name, slot.tolist()) == ("sgd/dense_kernel_scale", "dense_kernel_scale", [[1.0] * 3] * 2)
    assert not slot.trainable and not slot.requires_grad
    pair = optimizer.add_optimizer_variables([w], ["a", "b"], lambda shape, dtype: np.full(shape, 2, dtype))
    assert [each.name for (each,) in pair] == ["dense_kernel_a", "dense_kernel_b"]
    assert optimizer.variables[-1].tolist() == [[2.0] * 3] * 2


def test_the_loss_is_scaled():
    assert (SGD(loss_scale_factor=8.0).scale_loss(2.0), SGD().scale_loss(2.0)) == (16.0, 2.0)


# Names and configs


@pytest.mark.parametrize("case", CASES)
def test_config_round_trip(case):
    optimizer, _ = start(optimizers, case, make, "float32")
    config = optimizer.get_config()
    again = optimizers.deserialize(optimizers.serialize(optimizer))
    assert type(again) is type(optimizer) and again.get_config() == config
    given = {key: value for key, value in CASES[case][1].items() if key != "learning_rate"}
    assert given.items() <= config.items() and "decay" not in config and "lr" not in config


def test_config_has_the_keys_of_keras():
    assert list(SGD(name="mine").get_config()) == [
        *("learning_rate", "weight_decay", "clipnorm", "clipvalue", "global_clipnorm", "use_ema", "ema_momentum"),
        *("ema_overwrite_frequency", "loss_scale_factor", "gradient_accumulation_steps", "name"),
        *("momentum", "nesterov"),
    ]


@pytest.mark.parametrize("name", ["SGD", "sgd", "Adam", "adam", "rmsprop", "RMSprop", "nadam", "AdamW", "adam_w"])
def test_by_name(name):
    assert type(optimizers.get(name)).__name__.lower() == name.replace("_", "").lower()


def test_names_follow_from_the_class():
    assert [each().name for each in (SGD, AdamW, optimizers.RMSprop)] == ["sgd", "adam_w", "rm_sprop"]
    assert Adam(name="mine").variables[1].path == "mine/learning_rate"


# Errors


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SGD(momentm=0.9), "SGD has no argument 'momentm'; did you mean 'momentum'"),
        (lambda: SGD(foo=1), "SGD has no argument 'foo'; known are"),
        (lambda: SGD("fast"), "learning_rate is 'fast', expected a number, a schedule"),
        (lambda: SGD(momentum=-1.0), "momentum is -1.0, expected a number from 0 to 1"),
        (lambda: SGD(momentum="a"), "momentum is 'a'"),
        (lambda: Adam(beta_1=2.0), "beta_1 is 2.0"),
        (lambda: Adam(beta_2=-2.0), "beta_2 is -2.0"),
        (lambda: optimizers.RMSprop(rho=2.0), "rho is 2.0"),
        (lambda: optimizers.Adagrad(initial_accumulator_value=-1.0), "initial_accumulator_value is -1.0"),
        (
            lambda: optimizers.Ftrl(learning_rate_power=0.5),
            "learning_rate_power is 0.5, expected a number from -inf to 0",
        ),
        (lambda: optimizers.Ftrl(l1_regularization_strength=-1.0), "l1_regularization_strength is -1.0"),
        (lambda: Lion(beta_1=0.0), "only the gradient's sign counts"),
        (lambda: AdamW(weight_decay=None), "without decay take Adam"),
        (lambda: SGD(clipnorm=1.0, clipvalue=2.0), "got clipnorm=1.0, clipvalue=2.0, expected one at most"),
        (
            lambda: SGD(gradient_accumulation_steps=1),
            "gradient_accumulation_steps is 1, expected None or a whole number",
        ),
        (lambda: SGD(ema_overwrite_frequency=0.5), "ema_overwrite_frequency is 0.5"),
        (lambda: SGD(clipnorm=-1.0), "clipnorm is -1.0, expected a number from 0 to inf"),
        (lambda: SGD(use_ema=True).finalize_variable_values([Variable([1.0])]), "built for 0 other variables"),
        (lambda: SGD(ema_momentum=2.0), "ema_momentum is 2.0"),
        (lambda: SGD(schedules.CosineDecay(0.1, 5), decay=0.1), "decay=0.1 needs a number as its rate"),
        (lambda: SGD().apply([np.ones(1)]), "sgd.apply: it has no variables yet"),
        (lambda: SGD().apply([np.ones(1)], [Variable([1.0]), Variable([1.0])]), "got 1 gradients for 2 variables"),
        (lambda: SGD().apply([None], [Variable([1.0])]), "no variable has a gradient"),
        (
            lambda: SGD().apply([np.ones(2)], [Variable([1.0])]),
            r"gradient of 'variable' has shape \(2,\), expected \(1,\)",
        ),
        (lambda: SGD().add_variable((), "zeroes"), "'zeroes' is no initializer; did you mean 'zero' or 'Zeros'"),
        (lambda: optimizers.get("adom"), "'adom' is no optimizer; did you mean"),
    ],
)
def test_errors_of_values(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_other_variables_need_another_optimizer():
    optimizer = SGD()
    optimizer.build([Variable([1.0])])
    with pytest.raises(ValueError, match="sgd was built for 1 other variables, got <Variable path=late"):
        optimizer.apply([np.ones(1)], [Variable([1.0], name="late")])


def test_tensors_are_no_variables():
    with pytest.raises(TypeError, match=r"sgd.build: got .*expected variables; make it one: nn.Variable"):
        SGD().apply([np.ones(1)], [ad.tensor([1.0])])


def test_a_rate_that_follows_a_schedule_cannot_be_a_number():
    optimizer = SGD(schedules.ExponentialDecay(0.5, 10, 0.5))
    with pytest.raises(TypeError, match=r"follows <.*ExponentialDecay.*make the optimizer with a number"):
        optimizer.learning_rate = 0.1
    optimizer.learning_rate = schedules.ExponentialDecay(0.25, 10, 0.5)
    assert float(optimizer.learning_rate) == 0.25 and len(optimizer.variables) == 1


def test_a_rule_without_update_step():
    with pytest.raises(NotImplementedError, match="Optimizer writes no update_step"):
        Optimizer(0.1).apply([np.ones(1)], [Variable([1.0])])
