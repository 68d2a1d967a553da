"""000's gradients by hand: a network of d inputs, m hidden units and c outputs, and its XOR network with tanh."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import autodiff as ad
import nn

from .claims import Claim, Formula, Text
from .deriving import program

TITLE = "000: the gradients of a network by hand"
ABOUT = (
    "Each printed sum is evaluated index by index, for sigmoids and for tanh, on random numbers, and held against the "
    "engine's gradient of the printed error. For XOR the data are 1,000 random points."
)
RNG = np.random.default_rng(0)
D, M, C, N = 3, 4, 2, 1000
PARAMETERS = [RNG.normal(size=shape) for shape in ((D, M), (M,), (M, C), (C,))]  # W_i, b_i, W_o, b_o
x, y = RNG.normal(size=D), RNG.normal(size=C)
W_I, B, W_O = (RNG.normal(size=shape) for shape in ((2, 2), (2, 1), (2, 1)))
X, Y = RNG.normal(size=(2, N)), np.sign(RNG.normal(size=(1, N)))
ETA = 0.1

SLOPES: dict[Any, Callable[[Any], Any]] = {ad.sigmoid: lambda v: v - v**2, np.tanh: lambda v: 1 - v**2}
BOTH = [(phi,) for phi in SLOPES]


def squared_error(phi: Any, W_i: Any, b_i: Any, W_o: Any, b_o: Any) -> Any:
    v = phi(W_i.T @ x + b_i)
    return np.sum((y - phi(W_o.T @ v + b_o)) ** 2)


def derived(which: int, phi: Any) -> Any:
    """The engine's gradient by one of the parameters."""
    return ad.grad(partial(squared_error, phi), which)(*PARAMETERS)


def by_hand(term: Callable[..., Any], shape: tuple[int, ...], phi: Any) -> Any:
    """A printed sum at every index; it takes the slopes φ′ᵢ and φ′ₒ, the errors e and the hidden values v."""
    W_i, b_i, W_o, b_o = PARAMETERS
    v = phi(W_i.T @ x + b_i)
    out = phi(W_o.T @ v + b_o)
    inner, outer, e = SLOPES[phi](v), SLOPES[phi](out), y - out
    return np.array([term(*index, inner, outer, e, v) for index in np.ndindex(shape)]).reshape(shape)


def back(j: int, outer: Any, e: Any) -> Any:
    """Σₖ w_o[j, k] eₖ φ′ₒ(zₖ): all paths from the output to hidden unit j."""
    return sum(PARAMETERS[2][j, k] * e[k] * outer[k] for k in range(C))


def xor_error(W_i: Any, b: Any, w_o: Any) -> Any:
    return np.mean((Y - np.tanh(w_o.T @ np.tanh(W_i.T @ X + b))) ** 2)


def xor_slopes(which: int) -> Any:
    return ad.grad(xor_error, which)(W_I, B, W_O)


def forward() -> tuple[Any, Any, Any, Any]:
    """U, V, Z and Ŷ of the pseudo-code."""
    U = np.dot(W_I.T, X) + B
    V = np.tanh(U)
    Z = np.dot(W_O.T, V)
    return U, V, Z, np.tanh(Z)


def xor_sum(which: int) -> Any:
    """The printed sums over n, for W_i, b and w_o."""
    _, V, _, Yh = forward()
    total = np.zeros((W_I, B, W_O)[which].shape)
    for n in range(N):
        common, v = (Y - Yh)[0, n] * (1 - Yh[0, n] ** 2), V[:, [n]]
        hidden = W_O * (1 - v**2)
        total += common * (X[:, [n]] @ hidden.T, hidden, v)[which]
    return -2 / N * total


def pseudo_code(share: float, keepdims: bool = True) -> tuple[Any, Any, Any]:
    """The lines under "Gradients", `dz` times a share: dW_i, db, dw_o."""
    _, V, _, Yh = forward()
    dz = -2 * (Y - Yh) * (1 - Yh**2) * share
    dwo = np.dot(V, dz.T)
    dgu = (1 - V**2) * np.dot(W_O, dz)
    db = np.sum(dgu, axis=1, keepdims=keepdims)
    return np.dot(X, dgu.T), db, dwo


def shape(array: Any) -> str:
    """Rows × columns, in the lecture's N."""
    return " × ".join("N" if size == N else str(size) for size in np.shape(array)) or "number"


def shapes_of(arrays: tuple[Any, ...]) -> str:
    return ", ".join(map(shape, arrays))


def training_step(X: Any, Y: Any, W_i: Any, b: Any, w_o: Any) -> Any:
    """The gradients of the mean squared error."""

    def loss(W_i: Any, b: Any, w_o: Any) -> Any:
        U = W_i.T @ X + b
        V = np.tanh(U)
        Z = w_o.T @ V
        Yh = np.tanh(Z)
        return np.mean((Y - Yh) ** 2)

    return ad.grad(loss, (0, 1, 2))(W_i, b, w_o)


def xor_program() -> str:
    return program(training_step, X, Y, W_I, B, W_O)


def hidden(x: Any, W_i: Any, b: Any) -> Any:
    return np.tanh(W_i.T @ x + b)


def norm_slope(y: Any, y_hat: Any) -> Any:
    return ad.grad(lambda y_hat: np.linalg.norm(y - y_hat) ** 2)(y_hat)


def squared_slope(y: Any, y_hat: Any) -> Any:
    return ad.grad(lambda y_hat: np.sum((y - y_hat) ** 2))(y_hat)


def dense(v: Any, W: Any, b: Any) -> Any:
    """What `Dense` computes with these weights."""
    layer = nn.layers.Dense(len(b), activation="tanh", dtype="float64")
    layer.build((None, len(v)))
    layer.set_weights([W, b])
    return layer(v[None]).numpy()[0]


general = partial(Formula, "000/001", "Backpropagation Algorithm, MLP with d inputs, m hidden units and c outputs")
xor = partial(Formula, "000/001", "Example: XOR problem, gradients")
code = partial(Text, "000/001", "Example: XOR problem, pseudo-code")
AT = [(RNG.normal(size=C), RNG.normal(size=C)), (RNG.normal(size=C), RNG.normal(size=C))]
UNIT = [(RNG.normal(size=D), PARAMETERS[0], PARAMETERS[1])]

CLAIMS: tuple[Claim, ...] = (
    Formula("000", "Backpropagation Algorithm", "the squared error of an instance", "e[n] = ‖y − ŷ‖ = Σ (yᵢ − ŷᵢ)²",
            lambda y, out: np.sum((y - out) ** 2), lambda y, out: np.linalg.norm(y - out), AT, "‖y − ŷ‖²",
            lambda y, out: np.linalg.norm(y - out) ** 2, lambda: program(squared_slope, *AT[0])),
    Formula("000/001", "Backpropagation Algorithm", "its slope by ŷ", "−2(y − ŷ)",
            norm_slope, lambda y, out: -2 * (y - out), AT),
    general("by the output biases", "−2(yⱼ − ŷⱼ) φ′ₒ(zⱼ)", partial(derived, 3),
            partial(by_hand, lambda j, inner, outer, e, v: -2 * e[j] * outer[j], (C,)), BOTH),
    general("by the output weights", "−2(yⱼ − ŷⱼ) φ′ₒ(zⱼ) vᵢ", partial(derived, 2),
            partial(by_hand, lambda i, j, inner, outer, e, v: -2 * e[j] * outer[j] * v[i], (M, C)), BOTH),
    general("by the input biases", "−2 φ′ᵢ(uⱼ) Σ w_o[j,k] eₖ φ′ₒ(zₖ)", partial(derived, 1),
            partial(by_hand, lambda j, inner, outer, e, v: -2 * inner[j] * back(j, outer, e), (M,)), BOTH),
    general("by the input weights", "−2 xᵢ φ′ᵢ(uⱼ) Σ w_o[j,k] eₖ φ′ₒ(zₖ)", partial(derived, 0),
            partial(by_hand, lambda i, j, inner, outer, e, v: -2 * x[i] * inner[j] * back(j, outer, e), (D, M)), BOTH),
    Formula("000/001", "Example: XOR problem, network operations", "the second hidden sum", "u₂ = w₁₂x₁ + w₂₂x₂ + b₁",
            lambda x, W, b: (W.T @ x + b)[1], lambda x, W, b: W[0, 1] * x[0] + W[1, 1] * x[1] + b[0],
            [(X[:, 0], W_I, B[:, 0])], "… + b₂",
            lambda x, W, b: W[0, 1] * x[0] + W[1, 1] * x[1] + b[1], lambda: program(hidden, X[:, 0], W_I, B[:, 0])),
    xor("by w_o", "−2/N Σ e (1 − ŷ²) v", partial(xor_slopes, 2), partial(xor_sum, 2), [()]),
    xor("by b", "−2/N Σ e (1 − ŷ²) w_o (1 − v²)", partial(xor_slopes, 1), partial(xor_sum, 1), [()]),
    xor("by W_i", "−2/N Σ e (1 − ŷ²) x (w_o (1 − v²))ᵀ", partial(xor_slopes, 0), partial(xor_sum, 0), [()]),
    code("sizes of U, V, Z, Yh", "2 × N, 2 × N, 1 × N, 1 × N", lambda: shapes_of(forward())),
    code("size of db = np.sum(dgu, axis=1)", "2 × 1", lambda: shape(pseudo_code(1, keepdims=False)[1]), xor_program),
    code("size of b after b = b − eta·db", "2 × 1", lambda: shape(B - ETA * pseudo_code(1, keepdims=False)[1]),
         xor_program),
    code("sizes of dWi and dwo", "2 × 2, 2 × 1", lambda: shapes_of(pseudo_code(1)[::2])),
    Formula("000/001", "Example: XOR problem, pseudo-code", "gradients of the MSE", "dz = −2·E·(1 − Yh²)",
            lambda: tuple(map(xor_slopes, range(3))), lambda: pseudo_code(1), [()],
            "dz = −2/N·E·(1 − Yh²); as printed, the gradient of the sum, N times as long",
            lambda: pseudo_code(1 / N), xor_program),
    Formula("000/001", "Building Neural Networks - Layers", "a Dense layer, W of d × m", "z = φ(Wv + b)",
            dense, lambda v, W, b: np.tanh(W @ v + b), UNIT, "φ(Wᵀv + b)", lambda v, W, b: np.tanh(W.T @ v + b),
            lambda: program(hidden, *UNIT[0])),
)  # fmt: skip
