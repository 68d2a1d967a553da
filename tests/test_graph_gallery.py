"""The graph gallery: its page and pictures are complete, and what its text states is so."""

import re
import shutil
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autodiff as ad

for _name in ("matplotlib", "sklearn", "tqdm"):
    pytest.importorskip(_name)
if not shutil.which("dot"):
    pytest.importorskip("pygraphviz")

# After the skip: the demos need an extra.
from demos import graphs, networks  # noqa: E402 (after importorskip)
from demos.graphs import ENTRIES, Entry  # noqa: E402 (after importorskip)
from demos.report import Report  # noqa: E402 (after importorskip)
from demos.session import Training  # noqa: E402 (after importorskip)

NAMES = [each.name for each in ENTRIES]
KEPT = Path(__file__).parent.parent / "demos" / "neuron.svg"


def entry(name: str) -> Entry:
    return ENTRIES[NAMES.index(name)]


@cache
def run_of(name: str) -> networks.Run:
    return entry(name).network(Training())


def source(name: str, view: int = 0) -> str:
    """The DOT text of a view, without its tooltips, which repeat the labels."""
    run = run_of(name)
    drawing = ad.draw(run.output, **entry(name).views[view], **entry(name).start(run))
    return re.sub(r'tooltip="[^"]*"', "", drawing.source)


def leaf_gradients(run: networks.Run, cotangent: Any = None) -> dict[str, np.ndarray]:
    """What backward() leaves in the leaves, by their names."""
    run.output.backward(cotangent)
    return {name: node.grad for node, name in ad.Graph(run.output).names.items() if node.grad is not None}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    report = Report(tmp_path_factory.mktemp("out"))
    graphs.demo(report, Training())
    report.write()
    assert [each.passed for each in report.checks] == [True]
    return report.folder


class Links(HTMLParser):
    """Files and places that a page refers to, and its pictures' texts."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.files: list[str] = []
        self.places: list[str] = []
        self.ids: list[str] = []
        self.alts: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        self.files += [found[name] for name in ("href", "src", "srcset") if name in found]
        self.ids += [found["id"]] if "id" in found else []
        self.alts += [found.get("alt", "")] if tag == "img" else []


def test_the_page_links_to_nothing_that_is_not_there(out: Path) -> None:
    page = Links(out / "graphs" / "index.html")
    assert page.ids == NAMES
    for link in page.files:
        if link.startswith("#"):
            assert link[1:] in page.ids
        else:
            assert (out / "graphs" / link).is_file(), link


def test_the_demos_page_links_to_the_gallery(out: Path) -> None:
    assert "graphs/index.html" in Links(out / "index.html").files


@pytest.mark.parametrize("each", ENTRIES, ids=NAMES)
def test_every_entry_has_its_pictures(each: Entry, out: Path) -> None:
    page = Links(out / "graphs" / "index.html")
    assert f"{each.name}.html" in page.files
    for k in range(1, len(each.views) + 1):
        name = each.name if k == 1 else f"{each.name}-{k}"
        light, dark = (out / "graphs" / f"{name}{theme}.svg" for theme in ("", "-dark"))
        assert {light.name, dark.name, f"{name}.png"} <= set(page.files)
        assert (out / "graphs" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert "#ddf3ea" in light.read_text(encoding="utf-8")
        assert "#0f4032" in dark.read_text(encoding="utf-8")


def test_every_picture_has_a_text_of_its_own(out: Path) -> None:
    alts = Links(out / "graphs" / "index.html").alts
    assert len(alts) == 1 + sum(len(each.views) for each in ENTRIES)
    assert len(set(alts)) == len(alts)
    assert all(alts)


@pytest.mark.parametrize("each", ENTRIES, ids=NAMES)
def test_the_line_above_a_picture_draws_it(each: Entry) -> None:
    run = run_of(each.name)
    outputs = run.output if isinstance(run.output, list) else [run.output]
    names = {"ad": ad, **run.facts, **{output.name: output for output in outputs}}
    for view in each.views:
        drawing = eval(each.code(run, view), names)
        assert drawing.source == ad.draw(run.output, **view, **each.start(run)).source


@pytest.mark.parametrize("each", ENTRIES, ids=NAMES)
def test_numbers_in_the_text_are_computed(each: Entry) -> None:
    """But for those that the lecture prints."""
    typed = re.findall(r"\d+[.,]\d+", re.sub(r"{.*?}", "", each.text))
    assert typed == (["0.1044", "0.046"] if each.name == "xor-step" else [])


def test_the_gallery_needs_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pygraphviz")
    monkeypatch.setenv("PATH", "")
    page = graphs.gallery(tmp_path / "new" / "graphs", Training(), [entry("neuron")])
    assert (page.parent / "neuron.png").read_bytes().startswith(b"\x89PNG")
    assert re.search(r'src="neuron.svg" width="\d{3}" height="\d{3}"', page.read_text(encoding="utf-8"))


def test_the_neuron_is_the_readmes(out: Path) -> None:
    assert "2 · (7 − 5) = 4 arrives at y" in (out / "graphs" / "index.html").read_text(encoding="utf-8")
    assert leaf_gradients(networks.neuron(Training())) == {"w": 12, "b": 4}


def test_the_lectures_numbers_are_in_its_drawing_and_in_the_text(out: Path) -> None:
    drawn = source("xor-step")
    for number in ("[0.332  0.574]", "0.2961", "0.5735", "0.4265", "0.1043", "[0.00463  0.0102]"):
        assert f">{number}<" in drawn
    text = (out / "graphs" / "index.html").read_text(encoding="utf-8")
    for words in ("0.573 · (1 − 0.573) · 0.427 = 0.1043", "0.25 · gradient = 0.2087, 0.4150", "begins with 0.00463"):
        assert words in text


def test_the_lectures_formulas_are_the_gradients() -> None:
    """As the lecture writes them, its weights W⁰ and W¹, without its rounding."""
    h = 1 / (1 + np.exp([0.7, -0.3]))
    z = 1 / (1 + np.exp(-(0.2 * h[0] + 0.4 * h[1])))
    delta = z * (1 - z) * (1 - z)
    delta_h = h * (1 - h) * np.array([0.2, 0.4]) * delta
    run = networks.lecture_step(Training())
    assert run.facts["delta"] == pytest.approx(delta, rel=1e-14)
    np.testing.assert_allclose(run.facts["new_V"], [0.2 + 0.25 * h[0] * delta, 0.4 + 0.25 * h[1] * delta], rtol=1e-14)
    found = leaf_gradients(run, run.facts["error"])
    np.testing.assert_allclose(found["W"], [[0, 0], delta_h], rtol=1e-14)


def test_the_networks_that_say_so_are_trained() -> None:
    assert run_of("digits").facts["right"] > 0.9
    facts = run_of("wide-and-deep").facts
    assert facts["error"] < facts["auxiliary_error"] < facts["spread"] / 2


def test_ctrl_c_leaves_the_networks_as_they_are() -> None:
    stopped = Training()
    stopped.stopped = True
    assert networks.trained_digits(stopped).facts["epochs"] == 0
    assert networks.wide_and_deep(stopped).facts["steps"] == 0


def test_houses_are_standardized() -> None:
    features, prices = networks.houses(np.random.default_rng(1))
    assert features.shape == (1000, 8)
    assert prices.shape == (1000, 1)
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(features.std(axis=0), 1, rtol=1e-12)


@pytest.mark.parametrize("name", ["wide-and-deep", "residual", "recurrent"])
def test_sizes_in_the_text_are_on_the_arrows(name: str) -> None:
    facts = run_of(name).facts
    sizes = facts.get("parts") or [facts[key] for key in ("main", "auxiliary", "straight", "branch") if key in facts]
    labels = re.findall(r'label="?\s*([\d.]+)', source(name))
    assert {f"{size:.2g}" for size in sizes} <= set(labels)


def test_the_residual_blocks_gradient_is_the_sum_of_both_ways() -> None:
    run = networks.residual_block(Training())
    whole = leaf_gradients(run, np.ones(run.output.shape))["x"]
    assert networks.rms(whole - 1) == pytest.approx(run.facts["branch"], rel=1e-12)


def test_batch_normalisation_does_not_see_shifts_and_stretches() -> None:
    facts = run_of("batch-normalisation").facts
    # A sum of 32 numbers near 1, and a slope that the epsilon leaves, which is 1e-5 of the variance.
    assert facts["shifted"] < 1e-13
    assert facts["stretched"] < 1e-4
    assert facts["size"] > 0.1


def test_derivatives_of_tanh() -> None:
    facts = run_of("second-derivative").facts
    y = np.tanh(0.5)
    assert facts["dy"] == pytest.approx(1 - y**2, rel=1e-14)
    assert facts["ddy"] == pytest.approx(-2 * y * (1 - y**2), rel=1e-14)


def test_the_sigmoid_stack_vanishes_by_the_factor_that_the_text_states(out: Path) -> None:
    """By hand, with the same weights: the gradient by each layer is that by the next, times slopes and weights."""
    generator = np.random.default_rng(0)
    h = generator.standard_normal((networks.ROWS, networks.UNITS))
    results, weights = [], []
    for _ in range(10):
        weights.append(generator.normal(0, np.sqrt(1 / networks.UNITS), (networks.UNITS, networks.UNITS)))
        h = 1 / (1 + np.exp(-h @ weights[-1]))
        results.append(h)
    g = last = np.full(h.shape, 1 / h.size)
    for h, W in zip(results[:0:-1], weights[:0:-1], strict=True):
        g = (g * h * (1 - h)) @ W.T
    factor = networks.rms(last) / networks.rms(g)
    facts = run_of("vanishing").facts
    assert facts["sigmoid"] == pytest.approx(factor, rel=1e-10)
    assert facts["per_layer"] ** 9 == pytest.approx(factor, rel=1e-10)
    assert facts["sigmoid"] > facts["bound"] == 4**9
    assert 0.1 < facts["relu"] < 10
    assert f"one in {factor:,.0f} in all" in (out / "graphs" / "index.html").read_text(encoding="utf-8")


def test_dead_units_are_as_many_as_the_drawing_counts() -> None:
    counts = re.findall(r"(\d+) of 16 units dead", source("vanishing"))
    facts = run_of("vanishing").facts
    assert sum(map(int, counts)) == facts["dead"] > 0
    assert facts["units"] == 160
    assert f"{run_of('digits').facts['dead']} of 32 units dead" in source("digits", view=1)


def test_the_picture_in_the_readme_is_the_one_drawn_now(out: Path) -> None:
    """Graphviz places it a little differently from version to version, so the words are compared."""
    pictures = (KEPT, out / "graphs" / "neuron.svg")
    kept, drawn = (sorted(re.findall(r"<text.*?>(.*?)</text>", each.read_text("utf-8"))) for each in pictures)
    assert kept == drawn
    assert len(kept) > 40
