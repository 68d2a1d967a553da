"""Layers of all families: compiled as eager, slopes against differences, dtypes, errors."""

from typing import Any

import numpy as np
import pytest

import autodiff as ad
import nn.layers
from autodiff.tree import leaves
from benchmarks.keras_records.layers import CASES, RANDOM, data, slopes_of, weight_values
from nn.calls import calling, logits_of
from nn.layers import (
    ELU,
    Activation,
    Add,
    Average,
    BatchNormalization,
    Concatenate,
    Dense,
    Dot,
    Dropout,
    Embedding,
    Flatten,
    GroupNormalization,
    Identity,
    LayerNormalization,
    LeakyReLU,
    Maximum,
    Multiply,
    Normalization,
    Permute,
    PReLU,
    ReLU,
    RepeatVector,
    Rescaling,
    Reshape,
    RMSNormalization,
    Softmax,
    SpatialDropout1D,
    Subtract,
    UnitNormalization,
)

NUMBERS = range(len(CASES))


def identity(number: int) -> str:
    name, arguments, _ = CASES[number]
    return f"{name}({', '.join(f'{key}={value}' for key, value in arguments.items())})"


def made(number: int, **more: Any) -> tuple[Any, list[Any]]:
    name, arguments, shapes = CASES[number]
    layer = getattr(nn.layers, name)(**{**arguments, **more, **({"seed": 1} if name.startswith(RANDOM) else {})})
    inputs = [data(shape, seed) for seed, shape in enumerate(shapes)]
    layer.ensure_built([each.shape for each in inputs] if len(inputs) > 1 else inputs[0].shape)
    layer.set_weights(weight_values([w.shape for w in layer.weights]))
    return layer, inputs


def called(layer: Any, inputs: Any, training: bool = False) -> Any:
    return layer(list(inputs) if len(inputs) > 1 else inputs[0], training=training)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("number", NUMBERS, ids=identity)
def test_compiled_as_eager(number, training):
    (layer, inputs), (twin, _) = made(number), made(number)
    compiled = ad.compile(lambda *inputs: outputs_and_slopes(layer, inputs, training))
    for each in (inputs, [each + np.float32(0.25) for each in inputs]):
        ours, theirs = compiled(*each), outputs_and_slopes(twin, each, training)
        for a, b in zip(leaves(ours), leaves(theirs), strict=True):
            # Compiled sums are products with ones, in another order.
            np.testing.assert_allclose(_array(a), _array(b), rtol=2e-5, atol=2e-6)


def outputs_and_slopes(layer: Any, inputs: Any, training: bool) -> Any:
    """The outputs, and slopes of a weighted sum of them by the inputs and the weights."""
    outputs, pull = ad.vjp(lambda *inputs: called(layer, inputs, training), *inputs)
    weighted = slopes_of(outputs.shape)
    if layer.trainable_weights:
        np.sum(called(layer, inputs, training) * weighted).backward()
    slopes = [w.grad for w in layer.trainable_weights]
    for w in layer.trainable_weights:
        w.grad = None
    return outputs, pull(weighted), slopes


def _array(value: Any) -> Any:
    return value.numpy() if isinstance(value, ad.Tensor) else value


@pytest.mark.parametrize("number", [i for i in NUMBERS if CASES[i][0] != "Masking"], ids=identity)
def test_slopes_against_differences(number):
    """In training, too, which for random layers means the same numbers at each call."""
    layer, inputs = made(number, dtype="float64")
    inputs = [each.astype(float) for each in inputs]

    def outputs(*inputs):
        if hasattr(layer, "seed"):
            layer.generator = np.random.default_rng(1)
        return called(layer, inputs, training=True)

    assert ad.check_grads(outputs, inputs, order=1).verdict == "right"


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("number", NUMBERS, ids=identity)
def test_dtypes(number, training):
    """Outputs, weights and slopes are of the layer's dtype, whatever comes in; whole numbers stay, or become so."""
    for dtype in ("float32", "float64"):
        layer, inputs = made(number, dtype=dtype)
        for given in ("float32", "float64"):
            outputs = called(layer, [each.astype(given) for each in inputs], training)
            assert outputs.dtype == dtype
        assert {w.dtype.name for w in layer.weights} <= {dtype, "int32"}
    layer, inputs = made(number)
    outputs = called(layer, [np.round(each).astype(np.int64) for each in inputs], training)
    assert outputs.dtype == (np.float32 if layer.computes_floats or layer.weights else np.int64)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("number", [i for i in NUMBERS if "Norm" in CASES[i][0] or CASES[i][0].startswith(RANDOM)])
def test_float16_stays_and_squares_do_not_overflow(number, training):
    name, arguments, shapes = CASES[number]
    layer = getattr(nn.layers, name)(**arguments, dtype="float16")
    outputs = called(layer, [300 * data(shape, 0) for shape in shapes], training)
    assert outputs.dtype == np.float16 and np.isfinite(outputs.numpy()).all()
    assert {w.dtype.name for w in layer.weights} <= {"float16", "int32"}


@pytest.mark.parametrize("number", [i for i in NUMBERS if len(CASES[i][2]) == 1], ids=identity)
def test_whole_numbers_give_what_floats_give(number):
    layer, (x,) = made(number)
    whole = np.round(3 * x)
    ours, theirs = layer(whole.astype(np.int64)), layer(whole)
    np.testing.assert_array_equal(ours.numpy().astype(np.float32), theirs.numpy())


@pytest.mark.parametrize("kind", [Add, Subtract, Multiply, Maximum, Average, Concatenate])
def test_whole_numbers_among_floats_become_floats(kind):
    assert kind()([np.ones((2, 3), np.int64), np.ones((2, 3))]).dtype == np.float32


@pytest.mark.parametrize("name", sorted({name for name, _, _ in CASES}))
def test_unknown_arguments_are_told(name):
    arguments = next(arguments for each, arguments, _ in CASES if each == name)
    with pytest.raises(TypeError, match=f"{name}: unknown argument 'colour'"):
        getattr(nn.layers, name)(**arguments, colour=1)


def test_functions_call_the_layers():
    x, y = data([2, 3], 0), data([2, 3], 1)
    layers = nn.layers
    for function, expected in {
        layers.add: x + y,
        layers.subtract: x - y,
        layers.multiply: x * y,
        layers.average: (x + y) / 2,
        layers.maximum: np.maximum(x, y),
        layers.minimum: np.minimum(x, y),
        layers.concatenate: np.concatenate([x, y], axis=-1),
    }.items():
        np.testing.assert_allclose(function([x, y]).numpy(), expected, rtol=1e-6)
    np.testing.assert_allclose(layers.concatenate([x, y], axis=0).numpy(), np.concatenate([x, y]))
    np.testing.assert_allclose(layers.dot([x, y], axes=1).numpy(), np.sum(x * y, axis=1, keepdims=True), rtol=1e-6)
    cosines = layers.dot([x, x], axes=-1, normalize=True, name="cosine")
    np.testing.assert_allclose(cosines.numpy(), [[1], [1]], rtol=1e-6)
    symbolic = layers.add([layers.Input(shape=(3,)), layers.Input(shape=(3,))], name="both")
    assert symbolic.call.layer.name == "both"


ROW, STEPS = np.ones((2, 3)), np.ones((2, 3, 4))
MISFITS = [
    (lambda: Concatenate(name="c")([ROW, STEPS]),
     r"Concatenate 'c' puts .* along axis -1, .* got input 0 of shape \(2, 3\) and input 1 of shape \(2, 3, 4\)"),
    (lambda: Concatenate()([ROW, ROW[:1]]), r"input 0 of shape \(2, 3\) and input 1 of shape \(1, 3\)"),
    (lambda: Concatenate(axis=2)([ROW, ROW]), r"no axis 2 in inputs of shape \(2, 3\)"),
    (lambda: Concatenate()(ROW), r"expects a list of 1 or more inputs, such as \[a, b\]; got one of shape \(2, 3\)"),
    (lambda: Add(name="a")([ROW, ROW[:, :2]]),
     r"Add 'a' expects inputs of shapes that go together; got input 0 of shape \(2, 3\), input 1 of shape \(2, 2\)"),
    (lambda: Add()(ROW), r"expects a list"),
    (lambda: Subtract()([ROW, ROW, ROW]), r"expects a list of 2 inputs, such as \[a, b\]; got 3"),
    (lambda: Dot(1)([ROW, ROW[:, :2]]), r"along axes \(1, 1\), of the same size; got input 0 of shape \(2, 3\)"),
    (lambda: Dot(0)([ROW, ROW]), r"along axis 0, not the batch's"),
    (lambda: Dot((1, 2, 3)), r"got axes=\(1, 2, 3\), expected a whole number, or a pair"),
    (lambda: Reshape((5,), name="r")(ROW),
     r"^test_layers.py:\d+: Reshape 'r' makes \(5,\), 5 elements, of each example; got shape \(2, 3\), 3 elements an"),
    (lambda: Reshape((2, -1))(ROW), r"a multiple of 2 elements"),
    (lambda: Reshape((-1, -1)), r"expected at most one -1"),
    (lambda: Permute((1, 3)), r"got dims=\(1, 3\), expected each of 1, ..., 2 once; 0 is the batch"),
    (lambda: Permute((2, 1))(ROW), r"expects 3 axes, the batch first; got shape \(2, 3\)"),
    (lambda: RepeatVector(2)(STEPS), r"expects 2 axes, the batch first; got shape \(2, 3, 4\)"),
    (lambda: RepeatVector(0), r"got n=0, expected a whole number above 0"),
    (lambda: Flatten("channels"), r"got data_format='channels'"),
    (lambda: Dense(2, name="d")(nn.layers.Input(shape=(None,))),
     r"Dense 'd' needs a known size of axis -1 .*; got shape \(None, None\)"),
    (lambda: BatchNormalization(axis=2)(ROW), r"normalizes axis 2; got inputs of shape \(2, 3\)"),
    (lambda: BatchNormalization(momentum=2), r"got momentum=2, expected a number from 0 to 1"),
    (lambda: BatchNormalization(renorm=True), r"knows no renorm=True"),
    (lambda: LayerNormalization(axis=3)(ROW), r"normalizes axis 3"),
    (lambda: GroupNormalization(2)(ROW), r"makes 2 groups of the 3 channels; 2 must divide them"),
    (lambda: Normalization(mean=1.0), r"expected both or none"),
    (lambda: PReLU(shared_axes=[3])(ROW), r"shared_axes=\[3\], expected axes of an example of shape \(2, 3\)"),
    (lambda: ReLU(max_value=-1), r"got max_value=-1, expected 0 or a number above"),
    (lambda: LeakyReLU(None), r"got negative_slope=None"),
    (lambda: Softmax(name="s")(STEPS, mask=ad.tensor(ROW > 0)),
     r"^test_layers.py:\d+: Softmax 's' expects a mask like its inputs, \(2, 3, 4\); got one of shape \(2, 3\)"),
    (lambda: Dropout(1.5, name="d"), r"Dropout 'd' got rate=1.5, expected a number from 0 to 1"),
    (lambda: nn.layers.GaussianNoise(-1.0), r"got stddev=-1.0, expected a number from 0"),
    (lambda: nn.layers.AlphaDropout(1), r"expected a number below 1"),
    (lambda: SpatialDropout1D(0.5)(ROW), r"expects 3 axes"),
    (lambda: Embedding(0, 2), r"got input_dim=0, expected a whole number above 0"),
    (lambda: Embedding(3, 2.5), r"got output_dim=2.5"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "words"), MISFITS)
def test_what_does_not_fit_is_told(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_later_inputs_of_another_size_are_told():
    layer = PReLU()
    layer(STEPS)
    with pytest.raises(ValueError, match=r"expects 4 features on axis 2; got shape \(2, 3\), without this axis"):
        layer(ROW)
    layer = LayerNormalization()
    layer(ROW)
    with pytest.raises(ValueError, match=r"expects \(\*, \*, 3\), got \(2, 3, 4\)"):
        layer(STEPS)


def test_wrong_kinds_of_arguments_are_told():
    with pytest.raises(TypeError, match="LayerNormalization: got axis='a', expected a whole number, or a list"):
        LayerNormalization(axis="a")
    with pytest.raises(TypeError, match="Lambda: got 'double', expected a function"):
        nn.layers.Lambda("double")


def test_alpha_is_the_slope_of_the_lectures():
    assert LeakyReLU(alpha=0.2).get_config()["negative_slope"] == 0.2


def test_build_by_hand_makes_weights_once():
    layer = Dense(2)
    layer.build((None, 3))
    kernel = layer.kernel
    layer(ROW)
    assert layer.built
    assert layer.kernel is kernel and len(layer.weights) == 2


def test_activity_regularization_adds_to_the_losses():
    layer = nn.layers.ActivityRegularization(l1=0.5, l2=0.25)
    losses: list[Any] = []
    with calling(losses=losses):
        layer(np.array([[1.0, -2.0], [0.0, 3.0]]))
    assert float(losses[0]) == pytest.approx((0.5 * 6 + 0.25 * 14) / 2)
    assert type(layer).from_config(layer.get_config()).l2 == 0.25


def test_lambda_is_told_what_its_function_asks_for():
    def noted(x, factor, training, mask):
        return x * factor * (2 if training else 1) if mask is None else x * 0

    layer = nn.layers.Lambda(noted, arguments={"factor": 3})
    np.testing.assert_array_equal(layer(ROW, training=True).numpy(), 6 * ROW)
    np.testing.assert_array_equal(layer(ROW).numpy(), 3 * ROW)
    np.testing.assert_array_equal(layer(ROW, mask=ad.tensor([True])).numpy(), 0 * ROW)
    assert set(layer.get_config()) == {"name", "trainable", "dtype", "function", "arguments"}
    again = nn.layers.deserialize(nn.layers.serialize(layer))
    np.testing.assert_array_equal(again(ROW).numpy(), 3 * ROW)


def test_softmax_notes_its_logits_for_exact_losses():
    x = ad.tensor(np.array([[1.0, 2.0]], np.float32))
    for layer in (Softmax(), Activation("softmax"), Dense(2, "softmax", kernel_initializer="identity")):
        np.testing.assert_array_equal(logits_of(layer(x), "softmax").numpy(), x.numpy())
    assert logits_of(Softmax()(x, mask=ad.tensor([[True, False]])), "softmax") is None
    assert logits_of(Softmax()(x), "sigmoid") is None


def test_units_of_zeros_have_slopes():
    x = ad.tensor(np.zeros((1, 2)), requires_grad=True)
    np.sum(UnitNormalization()(x)).backward()
    assert np.isfinite(x.grad).all()


@pytest.mark.parametrize("layer", [Identity(), Activation("linear"), Activation("relu"), ReLU(), Flatten()])
def test_whole_numbers_stay(layer):
    assert layer(np.array([[1, 2]])).dtype == np.int64


@pytest.mark.parametrize("layer", [Rescaling(2), ELU(), RMSNormalization(), ReLU(negative_slope=0.5), Dropout(0.5)])
def test_whole_numbers_become_floats(layer):
    assert layer(np.array([[1, 2]])).dtype == np.float32
