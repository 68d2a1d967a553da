"""Anything may happen between two calls: two worlds live through the same, and only one of them is compiled."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

import autodiff as ad

from .comparing import array_of, same

NUMBERS = [0.0, -0.0, 0.5, 1.0, 2, True]


class World:
    """Parameters, state and settings, and functions that use them in all ways."""

    def __init__(self, wrap: Callable[..., Any]) -> None:
        self.w = ad.tensor([1.0, -2.0, 3.0], requires_grad=True, name="w")
        self.v = ad.tensor([0.5, 0.0, -1.0], requires_grad=True, name="v")
        self.mean = ad.tensor(np.zeros(3), name="mean")
        self.array = np.array([1.0, 2.0, 3.0])
        self.settings: dict[str, Any] = {"rate": 0.5, "deep": [{"power": 2}]}
        self.rng = np.random.default_rng(0)
        made = {"step": self.step, "read": self.read, "accumulate": self.accumulate, "swap": self.swap,
                "noise": self.noise, "change": self.change}  # fmt: skip
        self.functions = {name: wrap(function) for name, function in made.items()}

    def step(self, x):
        loss = np.sum((self.w * x - self.v) ** self.settings["deep"][0]["power"]) * 0.01
        if loss.requires_grad:
            for each in (self.w, self.v):
                each.grad = None
            loss.backward()
            for each in (self.w, self.v):
                if each.requires_grad:
                    each.data -= self.settings["rate"] * each.grad
        self.mean.data = 0.5 * self.mean.data + 0.5 * np.mean(x * self.array, axis=tuple(range(x.ndim - 1)))
        return loss

    def read(self, x):
        return self.w * x + self.array, self.v - self.mean, x * self.settings["rate"]

    def accumulate(self, x):
        loss = np.sum(np.tanh(self.w * x) * self.v) * 0.1
        if loss.requires_grad:
            loss.backward()
        return loss

    def swap(self, x):
        self.w.data, self.v.data = self.v.data.copy(), self.w.data.copy()

    def noise(self, x):
        return ad.dropout(self.w * x, 0.5, self.rng)

    def change(self, x):
        x *= 0.5
        return x + self.mean


class BetweenCalls(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.worlds = [World(ad.compile), World(lambda function: function)]

    @rule(
        name=st.sampled_from(["step", "step", "read", "accumulate", "swap", "noise", "change"]),
        shape=st.sampled_from([(3,), (3,), (2, 3), (1,)]), dtype=st.sampled_from([np.float64, np.float64, np.float32]),
        seed=st.integers(0, 3), times=st.integers(1, 4), record=st.sampled_from([True, True, False]),
    )  # fmt: skip
    def call(self, name: str, shape: Any, dtype: Any, seed: int, times: int, record: bool) -> None:
        for k in range(times):
            results = []
            for world in self.worlds:
                x = np.random.default_rng(seed + k).uniform(-1, 1, shape).astype(dtype)
                with warnings.catch_warnings(), ad.scope("") if record else ad.no_grad():
                    warnings.filterwarnings("ignore", "(step|read|accumulate|swap|noise|change) was traced")
                    got = world.functions[name](x)
                parts = got if isinstance(got, tuple) else () if got is None else (got,)
                results.append(([array_of(each) for each in parts], x))
            same(*results, exact=False)

    def both(self, change: Callable[[World], None]) -> None:
        for world in self.worlds:
            change(world)

    @rule(which=st.sampled_from(["w", "v", "mean"]), number=st.sampled_from([-1.0, 0.5, 2.0]))
    def write(self, which: str, number: float) -> None:
        self.both(lambda world: getattr(world, which).data.__setitem__(0, number))

    @rule(which=st.sampled_from(["w", "v", "mean"]), number=st.sampled_from([-1.0, 0.5, 2.0]))
    def replace_data(self, which: str, number: float) -> None:
        self.both(lambda world: setattr(getattr(world, which), "data", np.full(3, number)))

    @rule(which=st.sampled_from(["w", "v", "mean"]), number=st.sampled_from([-1.0, 2.0]), requires=st.booleans())
    def rebind(self, which: str, number: float, requires: bool) -> None:
        made = np.array([number, 1.0, -number])
        self.both(lambda world: setattr(world, which, ad.tensor(made, requires and which != "mean", name=which)))

    @rule(which=st.sampled_from(["w", "v"]), value=st.sampled_from([None, 1.0, 0.0]))
    def set_gradient(self, which: str, value: float | None) -> None:
        def change(world: World) -> None:
            tensor = getattr(world, which)
            tensor.grad = None if value is None or not tensor.requires_grad else np.full(3, value)

        self.both(change)

    @rule(which=st.sampled_from(["w", "v"]), requires=st.booleans())
    def require(self, which: str, requires: bool) -> None:
        def change(world: World) -> None:
            tensor = getattr(world, which)
            tensor.requires_grad, tensor.grad = requires, None

        self.both(change)

    @rule(number=st.sampled_from(NUMBERS))
    def set_rate(self, number: Any) -> None:
        self.both(lambda world: world.settings.update(rate=number))

    @rule(number=st.sampled_from([1, 2, 2.0, 3]))
    def set_power(self, number: Any) -> None:
        self.both(lambda world: world.settings["deep"][0].update(power=number))

    @rule(number=st.sampled_from([0.5, -1.0]), anew=st.booleans())
    def change_array(self, number: float, anew: bool) -> None:
        def change(world: World) -> None:
            if anew:
                world.array = world.array * number
            else:
                world.array += number

        self.both(change)

    @rule()
    def draw(self) -> None:
        first, second = [world.rng.random() for world in self.worlds]
        assert first == second

    @invariant()
    def all_is_the_same(self) -> None:
        first, second = [
            [*(each.numpy() for each in (world.w, world.v, world.mean)), world.array, world.w.grad, world.v.grad,
             repr(world.rng.bit_generator.state)]
            for world in self.worlds
        ]  # fmt: skip
        same(first, second, exact=False)


TestBetweenCalls = BetweenCalls.TestCase
TestBetweenCalls.settings = settings(max_examples=2 * settings().max_examples, stateful_step_count=25)
