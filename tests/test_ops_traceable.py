"""No operation bakes a value: what it records, replayed on other values, is what it gives for those.

The record is taken by a stand-in for the tracer of `ad.compile`: the primitives that ran, in order, and their
arguments. Arrays that no primitive made and that are no inputs count as constants, so that whatever was computed
beside the record, by NumPy on bare arrays, is wrong in the replay. The gradients of first and second order are
part of what is recorded.
"""

import dis
import math
import sys
import types
import zlib

import numpy as np
import pytest

import autodiff as ad
from autodiff.context import Observer, using
from autodiff.dispatch import COMPOSITIONS
from autodiff.domains import Sampler
from autodiff.primitive import REGISTRY
from autodiff.tree import leaves, map_leaves

ENTRIES = {**REGISTRY, **COMPOSITIONS}
REFUSED = {"extract"}  # of the entries, given masks as tensors: the number of elements depends on the values
SEEDS = range(4)


class RefusedError(TypeError):
    pass


class Tracer(Observer):
    """Writes down which primitive made which array of which arrays; one array is one value."""

    def __init__(self):
        self.equations = []
        self.bare = set()

    def ran(self, primitive, arrays, params, out):
        self.equations.append((primitive, tuple(arrays), dict(params), out))

    def meet(self, args):
        return [each._array if isinstance(each, ad.Tensor) else each for each in args]

    def refuse(self, tensor, call):
        raise RefusedError(f"{call}: {tensor!r}")

    def node_of(self, value):
        """Nothing to look up: the replay goes by arrays."""

    def made(self, tensor, like=None):
        """A constant tensor: the replay finds its array where it is used."""

    def cotangent(self, node, g):
        """Nothing to tell: names of gradients are for programs."""

    def replayed(self, before, after):
        """A function from recorded arrays to what they are when the inputs `before` are `after`."""
        known = {id(old): new for old, new in zip(before, after, strict=True)}
        with np.errstate(all="ignore"):
            for primitive, arrays, params, out in self.equations:
                now = [known.get(id(each), each) for each in arrays]
                known[id(out)] = np.asarray(primitive.run(*now, **params))
        return lambda array: known.get(id(array), array)


class Twice(Sampler):
    """A sampler whose choices are by one seed, and whose values are by another."""

    def __init__(self, choices, values):
        super().__init__(np.random.default_rng(choices))
        self._values = np.random.default_rng(values)

    def uniform(self, size):
        return self._values.random(size)


def is_array(value):
    return isinstance(value, np.ndarray)


def arrays_of(args):
    return [each for each in leaves(args) if is_array(each)]


def rolled(array):
    """Other labels or indices from the same range."""
    return np.roll(array, 1, -1) if array.ndim and array.dtype.kind in "iu" else array


def filled(args, arrays):
    """The arguments with their arrays replaced, in order."""
    remaining = iter(arrays)
    return map_leaves(lambda each: next(remaining) if is_array(each) else each, args)


def samples(name, seed):
    """A sample of an entry's arguments, other arrays of the same shapes for it, and the parameters."""
    seed = zlib.crc32(name.encode()) + seed
    args, params = ENTRIES[name].sample(Twice(seed, 1))
    other = arrays_of(ENTRIES[name].sample(Twice(seed, 2))[0])
    return args, [rolled(each) for each in other], params


def tensors_of(arrays):
    return [ad.tensor(each, requires_grad=each.dtype.kind == "f") for each in arrays]


def results(function, args, tensors, params):
    """All that a function gives for some tensors: its values, then the gradients of first and second order."""
    variables = [each for each in tensors if each.requires_grad]
    found = list(leaves(function(*filled(args, tensors), **params)))
    gradients = []
    for _ in range(2):
        latest = gradients[-1] if gradients else found
        tracked = [each for each in latest if isinstance(each, ad.Tensor) and each.requires_grad]
        if tracked and variables:
            total = sum(np.sum(each * weights(each.shape)) for each in tracked)
            gradients.append(ad.gradients(total, variables, create_graph=True))
    return found + [each for some in gradients for each in some]


def weights(shape):
    return np.linspace(0.5, 1.5, int(np.prod(shape, dtype=int))).reshape(shape)


def assert_nothing_is_baked(function, args, other, params):
    """The record for some arrays, replayed on others, is the result for those; and there is a record."""
    with np.errstate(all="ignore"):
        tracer, tensors = Tracer(), tensors_of(arrays_of(args))
        with using(tracer=tracer, observers=(tracer,)):
            traced = results(function, args, tensors, params)
        expected = results(function, args, tensors_of(other), params)
    now = tracer.replayed([each._array for each in tensors], other)
    assert tracer.equations
    for a, b in zip(traced, expected, strict=True):
        value = now(a._array) if isinstance(a, ad.Tensor) else a
        wanted = b._array if isinstance(b, ad.Tensor) else np.asarray(b)
        np.testing.assert_allclose(value, wanted, rtol=1e-9, atol=1e-9)
        assert np.asarray(value).dtype == wanted.dtype


@pytest.mark.parametrize("name", sorted(set(ENTRIES) - REFUSED))
def test_the_record_of_a_sample_holds_for_other_values(name):
    function = getattr(ENTRIES[name], "function", ENTRIES[name])
    for seed in SEEDS:
        args, other, params = samples(name, seed)
        if arrays_of(args):
            assert_nothing_is_baked(function, args, other, params)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_is_refused(name):
    args, _, params = samples(name, 0)
    with pytest.raises(RefusedError):
        assert_nothing_is_baked(ENTRIES[name].function, args, arrays_of(args), params)


# Where values decide: the other ones decide otherwise


def a(*values):
    return np.array(values)


def over(function, **options):
    """A reduction with a mask as its second argument."""
    return lambda x, mask: function(x, where=mask, **options)


SQUARE, SINGULAR, ROUND = a([1.0, 2.0], [3.0, 4.0]), a([1.0, 2.0], [2.0, 4.0]), a([2.0, 0.0], [0.0, 2.0])
ROWS = np.arange(6.0).reshape(2, 3)
MASKS = [a(1.0, 2.0, 4.0), a(True, True, False)], [a(1.0, 2.0, 4.0), a(True, False, True)]
PLACES = [ROWS, a(0, 1), a(2, 0)], [ROWS + 1, a(1, 1), a(0, 0)]
CASES = {
    "interp": (
        np.interp,
        [a(0.5, 1.5), a(0.0, 1.0, 2.0), a(3.0, 1.0, 2.0)],
        [a(9.0, -9.0), a(0.0, 0.0, 2.0), a(1.0, 2.0, 4.0)],
    ),
    "median": (np.median, [a(3.0, 1.0, 2.0)], [a(np.nan, 1.0, 2.0)]),
    "sort": (np.sort, [a(3.0, 1.0, 2.0)], [a(1.0, 2.0, 1.0)]),
    "cumprod": (np.cumprod, [a(3.0, 1.0, 2.0)], [a(3.0, 0.0, 2.0)]),
    "det": (np.linalg.det, [SQUARE], [SINGULAR]),
    "det of a singular matrix": (np.linalg.det, [SINGULAR], [SINGULAR[::-1]]),
    "nuclear norm": (lambda x: np.linalg.norm(x, "nuc"), [SQUARE], [SINGULAR]),
    "eigh": (lambda x: np.linalg.eigh(x)[1] ** 2, [SINGULAR], [ROUND]),
    "svd": (lambda x: np.linalg.svd(x)[0] ** 2, [SQUARE], [ROUND]),
    "quotient of pairs": (
        lambda x, y: list(np.fft.fft(x) / np.fft.fft(y)),
        [a(1.0, 2.0), a(3.0, 1.0)],
        [a(1e200, 2e200), a(3e200, 1e200)],
    ),
    "power": (lambda x, y: x**y, [a(1.0, 2.0), a(2.0, 2.0)], [a(0.0, 2.0), a(0.5, 0.0)]),
    "a tie of two": (np.maximum, [a(1.0, 2.0), a(2.0, 1.0)], [a(1.0, 2.0), a(1.0, 3.0)]),
    "a tie in one": (np.max, [a(1.0, 3.0, 2.0)], [a(2.0, 1.0, 2.0)]),
    "a start": (lambda x, y: np.max(x, initial=y), [a(1.0, 3.0), np.array(2.0)], [a(1.0, 3.0), np.array(5.0)]),
    "a start of nothing": (lambda x, y: np.min(x, initial=y), [a(), np.array(2.0)], [a(), np.array(5.0)]),
    "sum where": (over(np.sum), *MASKS),
    "mean where": (over(np.mean), *MASKS),
    "std where": (over(np.std), *MASKS),
    "prod where": (over(np.prod), *MASKS),
    "max where": (over(np.max, initial=0), *MASKS),
    "round": (lambda x: np.round(x, -1), [a(14, 15)], [a(25, 26)]),
    "indices": (lambda x, i: x[:, i], [ROWS, a([0, 1], [2, 2])], [ROWS + 1, a([1, 1], [0, -1])]),
    "one index": (lambda x, i: x[i], [ROWS, np.array(0)], [ROWS + 1, np.array(1)]),
    "rows and columns": (lambda x, i, j: x[i, j], *PLACES),
    "indices and what stays": (lambda x, i, j: x[None, i, [0, 1]], *PLACES),
    "indices that are broadcast": (lambda x, i, j: x[:, None][i, :, None, j[:, None]], *PLACES),
    "add at": (lambda x, i, j: ad.at(x)[i, j].add(x[1, :2] * 3), *PLACES),
    "set at": (lambda x, i, j: ad.at(x)[i, j].set(x[1, :2] * 3), *PLACES),
    "set rows": (lambda x, i, j: ad.at(x)[i].set(x[0]), *PLACES),
    "take": (lambda x, i, j: np.take(x, i, 1), *PLACES),
    "take, wrapped": (lambda x, i, j: np.take(x, 4 * i, 1, mode="wrap"), *PLACES),
    "take, clipped": (lambda x, i, j: x.take(4 * i - 1, 1, mode="clip"), *PLACES),
    "take along all": (lambda x, i, j: np.take_along_axis(x, i, None), *PLACES),
    "take of an array": (lambda x, i, j: x * ad.ops.take(ROWS, i)[0], *PLACES),
    "one_hot": (lambda x, i, j: x * ad.one_hot(j, 3), *PLACES),
    "positions": (lambda x: x[a(0, 1), x.argmax(1)] * np.argsort(x)[:, 0], [ROWS], [-ROWS]),
    "truth values": (lambda x: np.where(x.any(1), x.max(1), x.all() + 2.0 * x.min(1)), [ROWS], [0 * ROWS]),
    "counts": (lambda x: x * np.count_nonzero(x, 1)[:, None] + np.isin(x, [1.0]), [ROWS], [ROWS - 1]),
    "places": (lambda x: x * np.searchsorted(a(1.0, 2.5), x) + np.digitize(x, a(2.0)), [ROWS], [-ROWS]),
    "keys": (lambda x, y: x[np.lexsort((x, y))], [a(1.0, 2.0, 3.0), a(3, 1, 2)], [a(3.0, 2.0, 1.0), a(1, 1, 0)]),
    "closeness": (lambda x: x * np.isclose(x, 1.0) + np.allclose(x, 2 * x), [ROWS], [0 * ROWS]),
    "equality": (lambda x: x * np.array_equal(x, ROWS), [ROWS], [-ROWS]),
    "rank": (lambda x: x * np.linalg.matrix_rank(x), [SQUARE], [SINGULAR]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_values_decide_is_decided_again(name):
    function, before, after = CASES[name]
    assert_nothing_is_baked(function, before, after, {})


@pytest.mark.parametrize("function", [lambda x, i: ad.one_hot(i, 2), lambda x, i: ad.cross_entropy(x, i)])
def test_labels_are_checked_at_every_call(function):
    tracer, tensors = Tracer(), tensors_of([SQUARE, a(0, 1)])
    with using(tracer=tracer, observers=(tracer,)):
        function(*tensors)
    with pytest.raises(ValueError, match=r"labels lie in \[-1, 0\]"):
        tracer.replayed([each._array for each in tensors], [SQUARE, a(0, -1)])
    with pytest.raises(TypeError, match="labels are float64"):
        tracer.replayed([each._array for each in tensors], [SQUARE, a(0.0, 1.0)])


@pytest.mark.parametrize(
    ("function", "call"),
    [
        (lambda t: t[t > 0], r"t\[mask\]"), (lambda t: t[0, t[0] > 0], r"t\[mask\]"),
        (lambda t: ad.at(t)[t > 0].set(1.0), r"t\[mask\]"), (lambda t: np.where(t > 0), r"np\.where\(t\)"),
        (lambda t: t.nonzero(), r"np\.nonzero\(t\)"), (np.flatnonzero, r"np\.flatnonzero\(t\)"),
        (np.argwhere, "np.argwhere"), (np.unique, "np.unique"), (np.histogram, "np.histogram"),
        (lambda t: np.bincount((t[0] > 0) + 1), "np.bincount"), (np.min_scalar_type, "np.min_scalar_type"),
        (lambda t: t.compress(t[0] > 0, 1), r"np\.compress\(t, x\)"), (lambda t: np.extract(t > 0, t), "np.extract"),
        (lambda t: np.repeat(t, np.argmax(t)), r"np\.repeat\(x, t\)"),
        (lambda t: np.delete(t, np.argmax(t)), "np.delete"), (lambda t: np.insert(t, np.argmax(t), 1.0), "np.insert"),
        (lambda t: np.any(t, where=t > 0), r"np\.any\(where=t\)"),
        (lambda t: np.searchsorted(t[0], t, sorter=np.argsort(t[0])), r"np\.searchsorted\(sorter=t\)"),
        (lambda t: np.fft.fft(t).numpy(), r"z\.numpy\(\)"), (lambda t: t.any() and t, r"bool\(t\)"),
    ],
)  # fmt: skip
def test_what_decides_on_a_shape_is_refused(function, call):
    tracer = Tracer()
    with using(tracer=tracer, observers=(tracer,)), pytest.raises(RefusedError, match=call):
        function(ad.Tensor(ROWS - 2))


# What runs can be written into a program


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_what_runs_is_numpys_or_refers_to_nothing_else(name):
    assert_refers_to_numpy_only(REGISTRY[name].run)


def assert_refers_to_numpy_only(value):
    """A function of NumPy's, or a named one of a module, that refers to `np`, `math`, constants and such functions."""
    if isinstance(value, np.ufunc) or (getattr(value, "__module__", None) or "").startswith("numpy"):
        return
    assert isinstance(value, types.FunctionType)
    module = vars(sys.modules[value.__module__])
    assert module[value.__name__] is value
    assert value.__closure__ is None
    for name in names_in(value.__code__) & set(module):
        each = module[name]
        if each not in (np, math) and not isinstance(each, (bool, int, float, str)):
            assert_refers_to_numpy_only(each)


def names_in(code):
    """The global names that a function refers to, and those inside it."""
    inner = [names_in(each) for each in code.co_consts if isinstance(each, types.CodeType)]
    return {each.argval for each in dis.get_instructions(code) if each.opname == "LOAD_GLOBAL"}.union(*inner)
