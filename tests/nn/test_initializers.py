"""Initializers: their distributions within what the sample size allows, their seeds, and Keras' names and fans."""

import math
from typing import Any

import numpy as np
import pytest

import nn
from nn import initializers
from nn.variables import Variable

from .recorded import answers_of_keras

keras = answers_of_keras("initializers")

CONSTANT = [initializers.Zeros, initializers.Ones, initializers.Constant, initializers.Identity]
RANDOM = [
    initializers.RandomNormal,
    initializers.RandomUniform,
    initializers.TruncatedNormal,
    initializers.Orthogonal,
    initializers.VarianceScaling,
    initializers.GlorotNormal,
    initializers.GlorotUniform,
    initializers.HeNormal,
    initializers.HeUniform,
    initializers.LecunNormal,
    initializers.LecunUniform,
]
# Fourth moments over σ⁴: the variance of a sample's variance is (kurtosis − 1) σ⁴ / n.
KURTOSIS = {"normal": 3.0, "uniform": 1.8, "truncated": 2.37}


def _check_moments(drawn: Any, mean: float, stddev: float, kind: str) -> None:
    """Mean and variance within five of their standard errors: a right one fails once in a million times."""
    n = drawn.size
    assert abs(drawn.mean() - mean) <= 5 * stddev / math.sqrt(n)
    assert abs(drawn.var() / stddev**2 - 1) <= 5 * math.sqrt((KURTOSIS[kind] - 1) / n)


# Distributions


def test_random_normal() -> None:
    drawn = initializers.RandomNormal(1.0, 0.5, seed=0)((1000, 200))
    _check_moments(drawn, 1.0, 0.5, "normal")
    assert abs(np.mean(np.abs(drawn - 1) > 1) - math.erfc(math.sqrt(2))) < 0.003  # 4.6 % beyond 2σ: nothing cut off


def test_random_uniform() -> None:
    drawn = initializers.RandomUniform(-1.0, 3.0, seed=0)((1000, 200))
    _check_moments(drawn, 1.0, 4 / math.sqrt(12), "uniform")
    assert -1 <= drawn.min() < -0.999 and 2.999 < drawn.max() <= 3


def test_the_stddev_of_a_truncated_normal() -> None:
    """From its definition: √(1 − 4 φ(2) / (2 Φ(2) − 1))."""
    density, inside = math.exp(-2) / math.sqrt(2 * math.pi), math.erf(math.sqrt(2))
    assert math.sqrt(1 - 4 * density / inside) == pytest.approx(initializers.scaling._TRUNCATED_STDDEV, rel=1e-14)


def test_truncated_normal() -> None:
    drawn = initializers.TruncatedNormal(1.0, 0.5, seed=0)((1000, 200))
    _check_moments(drawn, 1.0, 0.5 * 0.87962566, "truncated")
    assert 0 <= drawn.min() < 0.002 and 1.998 < drawn.max() <= 2
    # The share within 1σ of a normal variable that is known to be within 2σ.
    assert abs(np.mean(np.abs(drawn - 1) < 0.5) - math.erf(math.sqrt(0.5)) / math.erf(math.sqrt(2))) < 0.006


SHAPES = {(300, 100): (300, 100), (3, 3, 16, 32): (144, 288), (5, 40, 70): (200, 350), (5000,): (5000, 5000)}
VARIANCES = {
    "glorot_normal": lambda i, o: 2 / (i + o),
    "glorot_uniform": lambda i, o: 2 / (i + o),
    "he_normal": lambda i, o: 2 / i,
    "he_uniform": lambda i, o: 2 / i,
    "lecun_normal": lambda i, o: 1 / i,
    "lecun_uniform": lambda i, o: 1 / i,
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", VARIANCES)
def test_variances_follow_from_the_fans(name: str, shape: tuple[int, ...]) -> None:
    stddev = math.sqrt(VARIANCES[name](*SHAPES[shape]))
    drawn = getattr(initializers, name)(seed=1)(shape)
    assert drawn.shape == shape
    uniform = name.endswith("uniform")
    _check_moments(drawn, 0.0, stddev, "uniform" if uniform else "truncated")
    limit = stddev * (math.sqrt(3) if uniform else 2 / 0.87962566)
    assert 0.99 * limit < np.abs(drawn).max() <= limit * (1 + 1e-6)


@pytest.mark.parametrize("distribution", ["truncated_normal", "normal", "untruncated_normal", "uniform", "Uniform"])
@pytest.mark.parametrize(("mode", "fan"), [("fan_in", 300), ("fan_out", 100), ("fan_avg", 200)])
def test_variance_scaling(mode: str, fan: int, distribution: str) -> None:
    drawn = initializers.VarianceScaling(3.0, mode, distribution, seed=2)((300, 100))
    kind = {"uniform": "uniform", "untruncated_normal": "normal"}.get(distribution.lower(), "truncated")
    stddev = math.sqrt(3 / fan)
    _check_moments(drawn, 0.0, stddev, kind)
    cut = {"normal": 4.5, "truncated": 2 / 0.87962566, "uniform": math.sqrt(3)}[kind]
    assert (np.abs(drawn).max() > 3.5 * stddev) == (kind == "normal")
    assert np.abs(drawn).max() <= cut * stddev * (1 + 1e-6)


def test_the_lectures_he_average() -> None:
    drawn = initializers.VarianceScaling(scale=2.0, mode="fan_avg", distribution="uniform", seed=0)((300, 100))
    assert 0.999 * math.sqrt(6 / 200) < np.abs(drawn).max() <= math.sqrt(6 / 200)


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7), (3, 3, 4, 8), (2, 2, 30), (1, 1)])
def test_orthogonal(shape: tuple[int, ...]) -> None:
    drawn = initializers.Orthogonal(gain=2.0, seed=0)(shape, dtype="float64")
    assert drawn.shape == shape
    matrix = drawn.reshape(-1, shape[-1])
    narrow = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
    np.testing.assert_allclose(narrow.T @ narrow, 4 * np.eye(narrow.shape[1]), atol=1e-14)


def test_orthogonal_matrices_are_spread_evenly() -> None:
    """The trace of a random rotation or reflection has mean 0 and variance 1; without the signs its mean is −1.1."""
    nn.set_random_seed(0)
    orthogonal = initializers.Orthogonal()
    traces = [np.trace(orthogonal((3, 3))) for _ in range(2000)]
    assert abs(np.mean(traces)) < 5 / math.sqrt(2000)
    assert abs(np.var(traces) - 1) < 0.2


# Constants


def test_constants() -> None:
    assert initializers.Zeros()((2, 1)).tolist() == [[0], [0]]
    assert initializers.Ones()(()).tolist() == 1
    assert initializers.Constant(0.25)((2,)).tolist() == [0.25, 0.25]
    assert initializers.Zeros()((2,), dtype="int32").dtype == np.int32
    with pytest.raises(ValueError, match=r"Constant: a value of shape \(2,\) does not broadcast to \(3,\)"):
        initializers.Constant([1.0, 2.0])((3,))
    with pytest.raises(ValueError, match=r"Identity: got the shape \(3,\)"):
        initializers.Identity()((3,))


# Seeds and dtypes


@pytest.mark.parametrize("kind", RANDOM)
def test_a_seed_gives_the_same_numbers_each_time(kind: Any) -> None:
    seeded = kind(seed=3)
    np.testing.assert_array_equal(seeded((3, 4)), seeded((3, 4)))
    np.testing.assert_array_equal(seeded((3, 4)), kind(seed=3)((3, 4)))
    assert not np.array_equal(seeded((3, 4)), kind(seed=4)((3, 4)))
    assert not np.array_equal(seeded((3, 4)), kind(seed=0)((3, 4)))


@pytest.mark.parametrize("kind", RANDOM)
def test_without_a_seed_the_numbers_follow_from_set_random_seed(kind: Any) -> None:
    def three() -> list[Any]:
        nn.set_random_seed(5)
        first = kind()
        return [first((3, 4)), first((3, 4)), kind()((3, 4))]

    drawn = three()
    assert not any(np.array_equal(drawn[i], drawn[j]) for i, j in [(0, 1), (0, 2), (1, 2)])
    for before, after in zip(drawn, three(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_each_initializer_without_a_seed_has_a_sequence_of_its_own() -> None:
    """What one of them draws does not change with what others draw before it."""

    def second_after(calls: int) -> Any:
        nn.set_random_seed(5)
        first, second = initializers.RandomNormal(), initializers.RandomNormal()
        for _ in range(calls):
            first((3,))
        return second((3,))

    np.testing.assert_array_equal(second_after(0), second_after(2))


@pytest.mark.parametrize("kind", CONSTANT + RANDOM)
def test_dtypes(kind: Any) -> None:
    assert kind()((2, 3)).dtype == np.float32
    for dtype in ("float16", np.float32, np.dtype("float64")):
        drawn = kind()((2, 3), dtype=dtype)
        assert isinstance(drawn, np.ndarray) and drawn.dtype == dtype and drawn.shape == (2, 3)


@pytest.mark.parametrize("kind", RANDOM)
def test_random_numbers_are_floats(kind: Any) -> None:
    with pytest.raises(ValueError, match=rf"{kind.__name__}: dtype is int32, expected one of floats"):
        kind()((2, 3), dtype="int32")
    exact = kind(seed=1)((2, 3), dtype="float64")
    np.testing.assert_array_equal(kind(seed=1)((2, 3)), exact.astype(np.float32))


@pytest.mark.parametrize("kind", [each for each in RANDOM if each is not initializers.Orthogonal])
@pytest.mark.parametrize("shape", [(), (3,), (0, 4)])
def test_small_shapes(kind: Any, shape: tuple[int, ...]) -> None:
    drawn = kind()(shape)
    assert isinstance(drawn, np.ndarray) and drawn.shape == shape


def test_floatx_is_the_default() -> None:
    nn.set_floatx("float64")
    try:
        assert initializers.HeNormal()((2, 3)).dtype == initializers.Ones()((2,)).dtype == np.float64
    finally:
        nn.set_floatx("float32")


def test_variables_take_initializers() -> None:
    made = Variable(initializers.GlorotUniform(seed=1), (4, 3), name="kernel")
    np.testing.assert_array_equal(made.numpy(), initializers.GlorotUniform(seed=1)((4, 3)))


# Mistakes


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: initializers.RandomNormal(seed="a"), r"RandomNormal: seed is 'a', expected a whole number from 0 on"),
        (lambda: initializers.HeNormal(seed=-1), r"HeNormal: seed is -1"),
        (lambda: initializers.VarianceScaling(0.0), r"VarianceScaling: scale is 0.0, expected a number above 0"),
        (lambda: initializers.VarianceScaling(mode="fan"), r"mode is 'fan', expected one of 'fan_in', 'fan_out'"),
        (lambda: initializers.VarianceScaling(distribution="x"), r"distribution is 'x', expected one of"),
        (lambda: initializers.HeNormal(input_axes=(0,)), r"give both input_axes and output_axes, or none"),
        (lambda: initializers.Orthogonal()((3,)), r"Orthogonal: got the shape \(3,\), expected one of two axes"),
        (lambda: initializers.get("glorot_unifrom"), r"did you mean 'GlorotUniform'"),
    ],
)
def test_mistakes(make: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


def test_an_initializer_without_a_call_says_so() -> None:
    class Mine(initializers.Initializer):
        pass

    with pytest.raises(NotImplementedError, match=r"Mine has no __call__\(self, shape, dtype=None\)"):
        Mine()((2,))


# Names and configs


@pytest.mark.parametrize("kind", CONSTANT + RANDOM)
def test_configs_come_back(kind: Any) -> None:
    made = initializers.deserialize(initializers.serialize(kind()))
    assert type(made) is kind and made.get_config() == kind().get_config()


def test_configs_hold_what_was_given() -> None:
    made = initializers.VarianceScaling(2.0, "fan_avg", "Normal", seed=7, input_axes=(0,), output_axes=(1,))
    again = initializers.VarianceScaling.from_config(made.get_config())
    np.testing.assert_array_equal(made((3, 4, 5)), again((3, 4, 5)))
    np.testing.assert_array_equal(
        initializers.Constant.from_config(initializers.Constant(np.array([1.0, 2.0])).get_config())((2, 2)),
        [[1, 2], [1, 2]],
    )


def test_a_function_is_an_initializer() -> None:
    assert initializers.get(np.ones) is np.ones
    assert initializers.get(None) is None


def test_keras_names(keras: Any) -> None:
    for name, kind, config in keras["names"]:
        made = initializers.get(name)
        assert type(made).__name__ == kind
        # Keras leaves the gain of Identity out of its config.
        assert made.get_config() == ({"gain": 1.0} if kind == "Identity" else config)
    for name in ("zeros", "ones", "constant", "glorot_uniform", "he_normal", "lecun_normal", "orthogonal", "identity"):
        assert getattr(initializers, name) is type(initializers.get(name))


def test_keras_fans(keras: Any) -> None:
    for shape, inputs, outputs, fan_in, fan_out in keras["fans"]:
        assert initializers.compute_fans(shape, inputs, outputs) == (fan_in, fan_out)


def test_keras_moments(keras: Any) -> None:
    for case in keras["moments"]:
        drawn = getattr(initializers, case["name"])(seed=1, **case["arguments"])(keras["shape"])
        words, scale = f"{case['name']} {case['arguments']}", case["stddev"]
        # Two samples of 30,000 numbers each: five standard errors of the difference of their means, and deviations.
        assert abs(drawn.mean() - case["mean"]) < 5 * math.sqrt(2 / 30_000) * scale, words
        assert abs(drawn.std() / scale - 1) < 5 * math.sqrt(1 / 30_000), words
        if case["name"] not in ("RandomNormal", "Orthogonal") and "untruncated_normal" not in words:
            assert abs(drawn.min() - case["least"]) < 0.01 * scale, words
            assert abs(drawn.max() - case["greatest"]) < 0.01 * scale, words


def test_keras_constants(keras: Any) -> None:
    assert initializers.Identity(2.0)((2, 3)).tolist() == keras["identity"]
    assert initializers.Constant([1.0, 2.0])((2, 2)).tolist() == keras["constant"]
