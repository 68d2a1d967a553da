"""Mathematics in text: brackets where they are needed and nowhere else, numbers, signs, names."""

import numpy as np
import pytest

import autodiff as ad
from autodiff.notation import SUM, Term, branch_taken, call, index_text, number, written


def named(node):
    return Term(node.name) if node.name else None


def text_of(result):
    return written(result._node, named).text


def scalars(*names):
    return [ad.tensor(1.0 + i, requires_grad=True, name=name) for i, name in enumerate(names)]


A, B, C = (ad.tensor(np.eye(2) + i, requires_grad=True, name=name) for i, name in enumerate("ABC"))
a, b, c, x, y = scalars(*"abcxy")

FORMULAS = [
    # sums and products
    (lambda: a - (b - c), "a − (b − c)"),
    (lambda: a - b - c, "a − b − c"),
    (lambda: a - (b + c), "a − (b + c)"),
    (lambda: a + (b - c), "a + b − c"),
    (lambda: a / (b * c), "a / (b · c)"),
    (lambda: a / b * c, "a / b · c"),
    (lambda: a / (b / c), "a / (b / c)"),
    (lambda: a * (b + c), "a · (b + c)"),
    (lambda: (a + b) * (a - b), "(a + b) · (a − b)"),
    (lambda: a * b + c, "a · b + c"),
    (lambda: a * (b // c), "a · (b // c)"),
    (lambda: a * (b % c), "a · (b % c)"),
    (lambda: a // (b * c), "a // (b · c)"),
    (lambda: a * b % c, "a · b % c"),
    # signs
    (lambda: -(x * x), "−x²"),
    (lambda: (-x) * (-x), "(−x)²"),
    (lambda: np.square(-x), "(−x)²"),
    (lambda: -(a + b), "−(a + b)"),
    (lambda: np.negative(-a), "−(−a)"),
    (lambda: -(a * b), "−(a · b)"),
    (lambda: -a * b, "(−a) · b"),
    (lambda: a * -b, "a · (−b)"),
    (lambda: a - -b, "a − (−b)"),
    (lambda: a + -b, "a + (−b)"),
    (lambda: -a + b, "−a + b"),
    (lambda: -a - b, "−a − b"),
    # powers
    (lambda: x * x, "x²"),
    (lambda: (a + b) ** 2, "(a + b)²"),
    (lambda: (a * b) ** 3, "(a · b)³"),
    (lambda: -(x**2), "−x²"),
    (lambda: (-x) ** 2, "(−x)²"),
    (lambda: (x**2) ** 3, "(x²)³"),
    (lambda: x ** (y - 1), "x^(y − 1)"),
    (lambda: x**y, "x^y"),
    (lambda: (x**y) ** a, "(x^y)^a"),
    (lambda: x ** (y**a), "x^(y^a)"),
    (lambda: x ** (y**2), "x^(y²)"),
    (lambda: 2**x, "2^x"),
    (lambda: (-2) ** x, "(−2)^x"),
    (lambda: x**-1, "x⁻¹"),
    (lambda: x**-12, "x⁻¹²"),
    (lambda: x**0.5, "x^0.5"),
    (lambda: x**-0.5, "x^(−0.5)"),
    (lambda: x**1e-5, "x^(1 · 10⁻⁵)"),
    (lambda: x**2 / y, "x² / y"),
    (lambda: 1 / (1 + x**2), "1 / (1 + x²)"),
    # roots, absolute values, reciprocals, functions
    (lambda: np.sqrt(x * y), "√(x · y)"),
    (lambda: np.sqrt(x) * y, "√x · y"),
    (lambda: np.sqrt(x) ** 2, "(√x)²"),
    (lambda: np.sqrt(x**2), "√x²"),
    (lambda: np.sqrt(np.sqrt(x)), "√√x"),
    (lambda: 1 / np.sqrt(x + 1), "1 / √(x + 1)"),
    (lambda: abs(x) * abs(y), "|x| · |y|"),
    (lambda: abs(x) ** 2, "|x|²"),
    (lambda: abs(x + y), "|x + y|"),
    (lambda: np.reciprocal(x + 1), "1/(x + 1)"),
    (lambda: a / np.reciprocal(x), "a / (1/x)"),
    (lambda: np.reciprocal(x) ** 2, "(1/x)²"),
    (lambda: np.exp(np.sin(x + 1) - y), "exp(sin(x + 1) − y)"),
    (lambda: np.exp(x) ** 2, "exp(x)²"),
    (lambda: np.maximum(a + b, c), "maximum(a + b, c)"),
    (lambda: ad.sigmoid(a) * (1 - ad.sigmoid(a)), "σ(a) · (1 − σ(a))"),
    # numbers
    (lambda: x * -2, "x · (−2)"),
    (lambda: -2 * x, "(−2) · x"),
    (lambda: x + -2, "x + (−2)"),
    (lambda: x - -2, "x − (−2)"),
    (lambda: x / 1e-5, "x / (1 · 10⁻⁵)"),
    (lambda: x * 1e-5, "x · 1 · 10⁻⁵"),
    (lambda: 1e-5 / x, "1 · 10⁻⁵ / x"),
    (lambda: x * -1.234e-5, "x · (−1.23 · 10⁻⁵)"),
    (lambda: x / -1.234e-5, "x / (−1.23 · 10⁻⁵)"),
    (lambda: x - 1e9, "x − 1 · 10⁹"),
    (lambda: np.float64(1e9) ** x, "(1 · 10⁹)^x"),
    # matrices
    (lambda: A @ B, "A B"),
    (lambda: A @ B @ C, "A B C"),
    (lambda: A @ (B @ C), "A (B C)"),
    (lambda: A @ (B + C), "A (B + C)"),
    (lambda: (A * B) @ C, "(A · B) C"),
    (lambda: A @ B * C, "A B · C"),
    (lambda: A * (B @ C), "A · B C"),
    (lambda: A.T @ B, "Aᵀ B"),
    (lambda: (A @ B).T, "(A B)ᵀ"),
    (lambda: (A + B).T, "(A + B)ᵀ"),
    (lambda: A.T.T, "(Aᵀ)ᵀ"),
    (lambda: (A**2).T, "(A²)ᵀ"),
    (lambda: A.T**2, "(Aᵀ)²"),
    (lambda: -(A @ B), "−(A B)"),
    (lambda: (-A) @ B, "(−A) B"),
    (lambda: np.linalg.inv(A) @ B, "A⁻¹ B"),
    (lambda: np.linalg.inv(A + B), "(A + B)⁻¹"),
    (lambda: np.sum(A @ B), "Σ (A B)"),
    (lambda: np.sum(A * B, axis=0), "Σ₀ (A · B)"),
    (lambda: np.sum(A, axis=(0, -1)), "Σ₀,₋₁ A"),
    (lambda: np.sum(A) * a, "Σ A · a"),
    (lambda: np.sum(A) ** 2, "(Σ A)²"),
    (lambda: A[0], "A[0]"),
    (lambda: A[1:, ::-1], "A[1:, ::-1]"),
    (lambda: (A + B)[0], "(A + B)[0]"),
    (lambda: (A**B)[0], "(A^B)[0]"),
    (lambda: A[0] ** B[0], "(A[0])^(B[0])"),
    (lambda: A.T[0], "Aᵀ[0]"),
    (lambda: np.exp(A)[0], "exp(A)[0]"),
    # truth values
    (lambda: (a < b) | (b < c) & (a < c), "a < b ∨ b < c ∧ a < c"),
    (lambda: ((a < b) | (b < c)) & (a < c), "(a < b ∨ b < c) ∧ a < c"),
    (lambda: (a < b) == (b < c), "(a < b) = (b < c)"),
    (lambda: ~(a < b), "¬(a < b)"),
    (lambda: (a < b) * x, "(a < b) · x"),
    # what is not said, because it changes no number
    (lambda: x.astype(np.float32) + 1, "x + 1"),
    (lambda: np.broadcast_to(x, (2,)) * 2, "x · 2"),
    (lambda: A.reshape(1, 2, 2) + 1, "A + 1"),
    (lambda: np.copy(x) + 1, "x + 1"),
]  # fmt: skip


@pytest.mark.parametrize(("compute", "expected"), FORMULAS, ids=[expected for _, expected in FORMULAS])
def test_formulas(compute, expected):
    with ad.observe():
        assert text_of(compute()) == expected


@pytest.mark.parametrize(
    "compute",
    [
        lambda: (a + 2.5).astype(int) * 2,
        lambda: a.astype(bool) * 2,
        lambda: np.sum(np.broadcast_to(a, (3,))),
    ],
)
def test_what_changes_a_number_or_how_many_there_are_is_said(compute):
    """Conversions that cut off, and copies that are summed up, are no identities."""
    with ad.observe():
        assert any(word in text_of(compute()) for word in ("astype", "broadcast_to", "reshape"))


def test_remainders_of_two_kinds_look_different():
    """−7 mod 3 is 2, and the remainder as in C is −1."""
    with ad.observe():
        assert text_of(np.fmod(x, y)) != text_of(np.remainder(x, y))


@pytest.mark.parametrize("record", [True, False])
def test_arrays_that_took_part_are_constants(record):
    """Also where nobody observed, and their values are not known; one is not the square of another."""
    with ad.observe() if record else ad.scope("s"):
        results = [A * np.full((2, 2), 3.0), A * np.array([2.0, 3.0]), np.array([1.0, 5.0]) - A]
        product = A * np.array([1.0, 2.0]) * 1 + np.array([3.0, 4.0]) * (np.array([5.0, 6.0]) * A)
    assert [text_of(each) for each in results] == ["A · const", "A · const", "const − A"]
    assert "²" not in text_of(product)


def test_two_constants_have_no_square():
    with ad.observe():
        product = ad.tensor([1.0, 2.0]) * ad.tensor([3.0, 4.0])
    assert text_of(product) == "const · const"


def test_an_array_of_one_number_is_that_number_and_a_matrix_of_unit_rows_is_one_hot():
    with ad.observe():
        assert text_of(A * np.array(2.5)) == "A · 2.5"
        assert text_of(A * np.array([[0.25]])) == "A · 0.25"
        assert text_of(A - ad.one_hot([1, 0], 2)) == "A − one_hot"


NUMBERS = {
    0: "0", 1: "1", -1: "−1", 0.5: "0.5", 1 / 3: "0.333", 2 / 3: "0.667", 123.456: "123", 999.4: "999",
    -0.0001234: "−0.000123", 1.5e-5: "1.5 · 10⁻⁵", -1.5e-5: "−1.5 · 10⁻⁵", 1234: "1.23 · 10³", 1e10: "1 · 10¹⁰",
    1.5e16: "1.5 · 10¹⁶", -2.346e200: "−2.35 · 10²⁰⁰", 5e-324: "4.94 · 10⁻³²⁴", np.inf: "inf", -np.inf: "−inf",
    np.float32(0.1): "0.1", np.int64(-3): "−3",
}  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), NUMBERS.items())
def test_numbers_have_three_digits(value, expected):
    assert number(value).text == expected


def test_other_numbers():
    assert number(np.nan).text == "nan"
    assert [number(each).text for each in (True, False, np.bool_(True))] == ["1", "0", "1"]
    assert number(1 / 3, 4).text == "0.3333"
    assert number(2e16 / 3, 4).text == "6.667 · 10¹⁵"
    assert number(-0.0).text in ("0", "−0")


def test_indices():
    assert index_text((slice(1, None), slice(None, -1, 2), 0, None, -3)) == "1:, :-1:2, 0, new, -3"
    assert index_text(np.int64(4)) == "4"
    assert index_text(Ellipsis) == "…"
    assert index_text(np.array([0, 2])) != "…", "a[…] is all of a"


def test_transposes_that_are_none_of_matrices_have_no_sign():
    stack = ad.tensor(np.zeros((2, 3, 4)), requires_grad=True, name="S")
    assert text_of(np.swapaxes(stack, -1, -2)) == "Sᵀ"
    assert text_of(np.transpose(stack, (0, 2, 1))) == "Sᵀ"
    assert text_of(stack.T) == text_of(np.swapaxes(stack, 0, 1)) == "transpose(S)"


def test_a_where_shows_the_branch_it_took_everywhere():
    with ad.observe():
        taken, left, mixed = np.where(A > -9, A, B), np.where(A > 9, A, B), np.where(A > 0.5, A, B)
        given = np.where(np.array([True, True]), A, B)
    assert [text_of(each) for each in (taken, left, mixed)] == ["A", "B", "where(A > 0.5, A, B)"]
    assert branch_taken(given._node) is None


@pytest.mark.parametrize(
    ("label", "count", "expected"),
    [
        (None, 1, "thing(x)"), (None, 2, "thing(x, y)"), ("φ", 1, "φ(x)"), ("·", 2, "x · y"), ("∂·", 1, "∂x"),
        ("‖·‖", 1, "‖x‖"), ("²", 1, "x²"), ("Σexp", 1, "Σexp(x)"), ("√mean", 1, "√mean(x)"), ("−log", 1, "−log(x)"),
    ],
)  # fmt: skip
def test_labels_of_the_users_own(label, count, expected):
    def thing(x):
        return x

    def thing2(x, y):
        return x

    thing2.__name__ = "thing"
    made = ad.custom(*[lambda g: g] * count, label=label)(thing if count == 1 else thing2)
    assert text_of(made(*[x, y][:count])) == expected


def test_a_call_with_other_names():
    node = (A @ B)._node
    assert call(node, [Term("W"), Term("a + b", SUM)]).text == "W (a + b)"
