"""The demo of compiled steps: its page is complete, what it checks would be noticed, exported programs stand alone."""

import re
from pathlib import Path

import numpy as np
import pytest

import autodiff as ad

for _name in ("matplotlib", "sklearn", "tqdm"):
    pytest.importorskip(_name)

# After the skip: the demos need an extra.
from demos import compile as demo  # noqa: E402 (after importorskip)
from demos import compile_page  # noqa: E402 (after importorskip)
from demos.compile import STEPS, Learning, Step  # noqa: E402 (after importorskip)
from demos.report import Report  # noqa: E402 (after importorskip)
from demos.session import Training  # noqa: E402 (after importorskip)

steps = pytest.mark.parametrize("step", STEPS, ids=[each.name for each in STEPS])


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("pygraphviz")
    report = Report(tmp_path_factory.mktemp("out"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "SECONDS", 0.02)
        demo.demo(report, Training(), epochs=1)
    report.write()
    assert [each.passed for each in report.checks] == [True] * 2 * len(STEPS)
    return report.folder


def test_the_page_shows_every_program_and_links_to_what_is_there(out: Path) -> None:
    page = (out / "compile" / "index.html").read_text(encoding="utf-8")
    for name in re.findall(r'(?:href|src|srcset)="([^"]+)"', page):
        assert (out / "compile" / name).exists(), name
    assert 'href="compile/index.html"' in (out / "index.html").read_text(encoding="utf-8")
    assert [len(re.findall(f'<article id="{each.name}">', page)) for each in STEPS] == [1, 1]
    assert page.count("def step(") == 4  # as it was written, and as it runs
    assert page.count("written as") == page.count('class="eager"') == page.count('class="compiled"') == 2
    assert "{" not in re.sub(r"<(pre|style)\b.*?</\1>", "", page, flags=re.S)  # all facts are in their places


@steps
def test_steps_learn(step: Step) -> None:
    learning = step.make()
    compiled = ad.compile(learning.step)
    losses = [compiled(*learning.args).item() for _ in range(40)]
    assert losses[-1] < 0.8 * losses[0]


def test_digits_are_told_apart_after_few_epochs() -> None:
    learning = demo.digits_step()
    assert demo.train_digits(ad.compile(learning.step), learning, Training(), epochs=5) > 0.9


def test_a_program_that_needs_more_than_numpy_is_no_success(tmp_path: Path) -> None:
    for text in ("import autodiff", "import graphviz", "raise KeyError('broken')"):
        program, arrays = tmp_path / "program.py", tmp_path / "arrays.npz"
        np.savez(arrays, np.ones(3))
        program.write_text(f"import numpy as np\ndef step(x):\n    {text}\n", encoding="utf-8")
        with pytest.raises(RuntimeError, match="NumPy alone"):
            demo.run_alone(program, arrays)


def test_other_numbers_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One step too few, and an eager step that goes another way."""
    monkeypatch.setattr(demo, "run_alone", lambda program, arrays: None)
    assert not demo.check_alone(STEPS[0], tmp_path).passed
    rates = iter([0.1, 0.1 + 1e-6])

    def make() -> Learning:
        w, rate = ad.tensor([1.0, 2.0], requires_grad=True, name="w"), next(rates)

        def step(x):
            w.data -= rate * x

        return Learning(step, (np.ones(2),), [w])

    assert not demo.check_steps(STEPS[0]._replace(make=make)).passed


def test_times_are_medians_of_calls_in_turns() -> None:
    calls: list[str] = []
    times = demo.timed(lambda: calls.append("eager"), lambda: calls.append("compiled"), seconds=0.001)
    assert calls[:4] == ["eager", "compiled"] * 2 and calls.count("eager") == calls.count("compiled")
    assert 0 < times.eager < 0.001 > times.compiled > 0


def test_bars_are_as_long_as_the_times() -> None:
    bars = compile_page._bars({"eager": 2e-3, "compiled": 5e-4})
    widths = [float(each) for each in re.findall(r"width: ([\d.]+)%", bars)]
    assert widths[0] == pytest.approx(4 * widths[1], rel=0.01)
    assert "2,000 µs" in bars and "500 µs" in bars
