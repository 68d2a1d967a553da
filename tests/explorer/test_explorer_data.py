"""The data behind the page: steps, their arithmetic and signs, and the details of boxes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autodiff as ad

from . import graphs


def data_of(output: Any, path: Path, **options: Any) -> dict[str, Any]:
    """The data in the page of a graph; only strict JSON is read, as browsers do."""
    text = ad.explore(output, path / "graph.html", **options).read_text(encoding="utf-8")
    inner = text.partition('<script id="data" type="application/json">')[2].partition("</script>")[0]

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    found: dict[str, Any] = json.loads(inner, parse_constant=refuse)
    return found


def backward(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for step in data["steps"] if step["phase"] == "backward"]


def test_a_step_for_each_operation_forward_and_then_backward(tmp_path: Path) -> None:
    x = graphs.parameter("x", [1.0, 2.0])
    data = data_of((np.sin(x) * 3).sum(), tmp_path)
    assert [(step["phase"], step["box"]) for step in data["steps"]] == [
        *(("forward", f"n{i}") for i in (1, 2, 3)),
        *(("backward", f"n{i}b") for i in (3, 2, 1)),
    ]
    kinds = {i: arrow["kind"] for i, arrow in enumerate(data["arrows"])}
    for step in data["steps"]:
        assert step["arrows"] and {kinds[i] for i in step["arrows"]} == {step["phase"]}


def test_a_cotangent_that_meets_others_is_added_and_the_sum_spelled_out(tmp_path: Path) -> None:
    x = graphs.parameter("x", 0.0)
    with ad.observe():
        y = np.sin(x) + x * 3
    steps = backward(data_of(y, tmp_path))
    assert [step["equations"] for step in steps[1:]] == [["∂x += ∂b · 3"], ["∂x += ∂a · cos(x)"]]
    assert [step["arithmetic"] for step in steps[1:]] == [
        ["∂x += 1 · 3 = 3"],
        ["∂x += 1 · cos(0) = 1", "∂x = 3 + 1 = 4"],
    ]
    assert [step["result"] for step in steps[1:]] == [
        [["∂x +=", ["3"]]],
        [["∂x +=", ["1"]], ["∂x =", ["4"]]],
    ]


def test_a_sum_begins_with_what_an_output_starts_from(tmp_path: Path) -> None:
    x = graphs.parameter("x", [1.0, 2.0])
    with ad.observe():
        y = x * 3
        z = y.sum()
    steps = backward(data_of([y, z], tmp_path, cotangent=[np.array([10.0, 20.0]), 5.0]))
    assert steps[0]["equations"] == ["∂a += ∂b"]
    assert steps[0]["arithmetic"][-2:] == ["∂a[0] = 10 + 5 = 15", "∂a[1] = 20 + 5 = 25"]
    assert steps[1]["given"] == [["∂a =", ["[15  25]"]]]
    assert steps[1]["result"] == [["∂x =", ["[45  75]"]]]


def test_what_carries_no_gradient_does_not_delay_a_sum(tmp_path: Path) -> None:
    """The comparison takes x, too, but nothing comes back from it."""
    x = graphs.parameter("x", [1.0, 2.0])
    with ad.observe():
        y = np.where(x > 1.5, x * 2, x).sum()
    last = backward(data_of(y, tmp_path))[-1]
    assert last["arithmetic"][-2:] == ["∂x[0] = 1 + 0 = 1", "∂x[1] = 0 + 2 = 2"]


def test_numbers_of_the_details_are_those_of_numpy(tmp_path: Path) -> None:
    generator = np.random.default_rng(3)
    x = graphs.parameter("x", generator.normal(size=(40, 5)))
    with ad.observe():
        y = ad.relu(x)
    value = np.maximum(x.numpy(), 0)
    details = dict(data_of(y.sum(), tmp_path)["boxes"]["n1"]["details"])
    assert details["operation"] == ["relu"] and details["shape"] == ["float64 (40, 5)"]
    assert details["made at"][0].startswith("test_explorer_data.py:")
    numbers, histogram, zeros = details["values: statistics"]
    pairs = {"min": value.min(), "mean": value.mean(), "max": value.max(), "std": value.std()}
    assert numbers == "  ".join(f"{name}\N{NO-BREAK SPACE}{number:.3g}" for name, number in pairs.items())
    assert len(histogram) <= 24 and zeros == f"{np.sum(value == 0)} zeros of 200"
    assert "values" not in details  # too many to list


def test_dead_units_are_counted(tmp_path: Path) -> None:
    x = graphs.parameter("x", [[1.0, -1.0, -2.0], [2.0, -1.0, -3.0]])
    with ad.observe():
        y = ad.relu(x)
    details = dict(data_of(y.sum(), tmp_path)["boxes"]["n1"]["details"])
    assert details["dead units"] == ["2 of 3 let no gradient through"]


def test_numbers_that_are_not_finite_make_a_page_all_the_same(tmp_path: Path) -> None:
    x = graphs.parameter("x", [0.0, 1.0])
    with np.errstate(all="ignore"):
        data = data_of(np.log(x).sum() * np.inf, tmp_path)
    assert dict(data["boxes"]["n0"]["details"])["gradient: statistics"][0] == "no finite number among 2"


def test_the_title_is_that_of_the_user_or_names_the_outputs(tmp_path: Path) -> None:
    x = graphs.parameter("x", 1.0)
    assert data_of(x * 2, tmp_path)["title"] == "The graph of a"
    assert data_of(x * 2, tmp_path, title="My graph")["title"] == "My graph"


def test_exploring_leaves_the_graph_and_its_gradients_alone(tmp_path: Path) -> None:
    x = graphs.parameter("x", [1.0, 2.0])
    y = (x * x).sum()
    path = ad.explore(y, tmp_path / "square.html")
    assert path == tmp_path / "square.html" and x.grad is None
    y.backward()
    np.testing.assert_array_equal(x.grad, [2.0, 4.0])


def test_a_cotangent_of_another_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="shape"):
        ad.explore(graphs.parameter("x", [1.0, 2.0]) * 2, tmp_path / "no.html", cotangent=np.ones(3))
