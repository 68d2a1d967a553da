"""Pages of graphs that are large, bare, broken or hostile."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import autodiff as ad

from . import graphs
from .reading import Reader

Open = Callable[..., Reader]


def test_a_page_is_one_file_of_less_than_two_megabytes(tmp_path: Path, open_page: Open) -> None:
    path = graphs.mlp(tmp_path)
    assert path.stat().st_size < 2_000_000
    assert [each.name for each in tmp_path.iterdir()] == ["mlp.html"]
    page = open_page(path)  # from disk; that it asks for nothing else is checked for all pages
    page.press("End")
    assert page.phase() == "backward 7 of 7"
    assert page.step().equations == ["∂W1 = xᵀ ∂a"]


def test_large_arrays_show_range_and_distribution(tmp_path: Path, open_page: Open) -> None:
    page = open_page(graphs.mlp(tmp_path), "#step=1")
    assert page.step().arithmetic == []
    (result,) = page.step().results
    assert result.startswith("a = −") and " … " in result and result[-1] in "▁▂▃▄▅▆▇█"


def test_names_are_text_and_never_markup(tmp_path: Path, open_page: Open) -> None:
    """Names that would run a script, if any part of the page took them for markup."""
    name = "<img src=x onerror=document.title=1>"
    title = f"</script>{name}"
    x = graphs.parameter(name, [1.0, 2.0])
    with ad.observe(), ad.scope(f"a {name}"):
        y = (x * 2).sum()
    page = open_page(ad.explore(y, tmp_path / "bad.html", title=title))
    page.press("ArrowRight")
    assert page.page.title() == page.page.locator("h1").inner_text() == title
    assert page.step().equations == [f"a = {name} · 2"]
    assert page.page.locator(".toggle text").text_content() == f"a {name}"
    page.page.locator("#wanted").fill("<img")
    page.press("Enter")
    assert page.details()["title"] == name
    page.click("#fold-all")
    assert page.page.locator(".fold text").first.text_content() == f"a {name}"
    assert page.page.locator("img").count() == 0


def test_a_scope_between_angle_brackets_keeps_them(tmp_path: Path, open_page: Open) -> None:
    with ad.scope("<lambda>"):
        y = graphs.parameter("x", 1.0) * 2
    page = open_page(ad.explore(y, tmp_path / "lambda.html"))
    assert page.page.locator(".toggle text").text_content() == "<lambda>"


def test_a_graph_without_gradient_has_no_backward_pass(tmp_path: Path, open_page: Open) -> None:
    x = ad.tensor([1.0, -2.0], name="x")
    with ad.observe():
        y = ad.relu(x).sum()
    page = open_page(ad.explore(y, tmp_path / "bare.html"))
    assert [step.phase for step in page.steps()] == ["forward 1 of 2", "forward 2 of 2"]
    assert page.page.locator(".phases span").all_text_contents() == ["forward 2", ""]
    page.press("Home")
    assert page.page.locator("#current .summary").last.inner_text() == "2 steps forward, no backward pass"


def test_a_leaf_alone_has_no_steps(tmp_path: Path, open_page: Open) -> None:
    page = open_page(ad.explore(graphs.parameter("x", [1.0]), tmp_path / "leaf.html"), "#step=3")
    assert page.phase() == "start"
    assert all(page.is_off(button) for button in ("first", "back", "play", "step", "last"))
    page.press("Space", "ArrowRight", "End")
    assert page.phase() == "start"
    assert sorted(page.visible("#stage .node")) == ["n0", "n0b"]


def test_gradients_that_are_not_finite(tmp_path: Path, open_page: Open) -> None:
    x = graphs.parameter("x", [0.0, 1.0])
    with np.errstate(divide="ignore"):
        y = np.log(x).sum()
    page = open_page(ad.explore(y, tmp_path / "inf.html"))
    page.press("End")
    assert page.step().results == ["∂x = [inf  1]"]


def test_three_hundred_nodes_are_played_to_the_end(tmp_path: Path, open_page: Open) -> None:
    page = open_page(graphs.chain(tmp_path, 290))
    assert len(page.visible("#stage .node")) == 2 * 292
    page.press("End")
    assert page.phase() == "backward 291 of 291"
    took = page.page.evaluate(
        """() => { const start = performance.now();
             for (let i = 0; i < 20; i++) document.getElementById("back").click();
             return (performance.now() - start) / 20; }"""
    )
    assert took < 200  # milliseconds for a step, on a slow machine
    assert page.phase() == "backward 271 of 291"


def test_a_chain_of_five_thousand_is_folded_and_says_so(tmp_path: Path, open_page: Open) -> None:
    page = open_page(graphs.chain(tmp_path, 5000))
    note = page.page.locator("#current .note").all_inner_texts()
    assert any("5,002 nodes" in each for each in note)
    assert sorted(page.visible("#stage .node.folded")) == ["middle", "middleb"]
    page.node("middle").hover()
    assert any("operations" in row for row in page.details().values())
    states = []
    for _ in page.steps():
        seen = page.visible("#stage .node.folded"), page.visible("#stage .node.folded.ahead")
        states.append(tuple(map(len, seen)))
    # To come, computed, and come back to: in that order.
    assert states == sorted(states, key=[(1, 1), (1, 0), (2, 0)].index) and len(set(states)) == 3


def test_a_scope_folded_by_the_library_can_be_folded_once_more(tmp_path: Path, open_page: Open) -> None:
    """Inner scopes of a large graph are boxes already; the outer ones still fold on the page."""
    y = graphs.parameter("x", [1.0, 2.0])
    with ad.observe():
        for outer in range(4):
            with ad.scope(f"outer {outer}"):
                for inner in range(5):
                    with ad.scope(f"inner {inner}"):
                        for _ in range(20):
                            y = np.sin(y)
    page = open_page(ad.explore(y.sum(), tmp_path / "scopes.html"))
    assert page.page.locator(".toggle").count() == 4
    page.click("#fold-all")
    assert page.page.locator(".fold text").all_text_contents()[:2] == ["outer 0", "10 folded parts"]


@pytest.mark.parametrize("observed", [False, True])
def test_a_graph_that_backward_has_consumed(observed: bool, tmp_path: Path, open_page: Open) -> None:
    x = graphs.parameter("x", [1.0, 2.0])
    if observed:
        with ad.observe():
            y = (x * x).sum()
    else:
        y = (x * x).sum()
    y.backward()
    page = open_page(ad.explore(y, tmp_path / "consumed.html"))
    page.press("End")
    assert page.phase() == ("backward 2 of 2" if observed else "forward 2 of 2")
    page.press("Home")
    notes = " ".join(page.page.locator("#current .note").all_inner_texts())
    assert ("consumed" in notes) is not observed
