"""The report: what is written, and what an interrupted run leaves."""

from __future__ import annotations

import pytest

from benchmarks import __main__ as whole
from benchmarks import command, report
from benchmarks.report import Code, Goal, Plot, Section, Table


class Figure:
    def savefig(self, path, dpi):
        path.write_bytes(b"picture")


SECTION = Section(
    "What & why",
    ["Some `code` <b>", Table(["who", "µs"], [["a|b", "1.5"], ["c", "–"]], "caption"), Code("x = 1"),
     Plot(Figure(), "curve", "A curve.")],
    [Goal("as fast", 1.0, 1.25), Goal("small", 2.0, None)],
)  # fmt: skip


def test_both_files_hold_all_parts(tmp_path):
    chapter = report.Chapter("First", "python -m benchmarks.first", [SECTION])
    report.write([chapter], "report", "All", "Some machine.", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["curve.png", "report.html", "report.md"]
    text = (tmp_path / "report.md").read_text()
    for part in ("# All", "## First", "### What & why", "| a\\|b | 1.5 |", "![A curve.](curve.png)", "missed by 25%",
                 "```python\nx = 1\n```", "not measured", "`python -m benchmarks.first`"):  # fmt: skip
        assert part in text
    page = (tmp_path / "report.html").read_text()
    for part in ("<h3", "What &amp; why", "<code>code</code> &lt;b&gt;", '<td class="n">1.5</td>', "<td>a|b</td>",
                 '<img src="curve.png" alt="A curve.">', "<pre>x = 1</pre>", "missed by 25%"):  # fmt: skip
        assert part in page


def test_a_chapter_without_goals_has_no_table_of_goals(tmp_path):
    report.write([report.Chapter("First", "run", [Section("One", ["text"])])], "report", "All", "", tmp_path)
    assert "Goals" not in (tmp_path / "report.md").read_text() + (tmp_path / "report.html").read_text()


def test_an_interrupted_run_leaves_what_is_ready_and_goes_no_further(monkeypatch, tmp_path, capsys):
    def sections(quick):
        yield Section("Ready", [f"quick: {quick}"])
        raise KeyboardInterrupt

    class Module:
        TITLE = "Chapter"

    Module.sections = staticmethod(sections)
    asked = []
    monkeypatch.setattr(whole.importlib, "import_module", lambda name: asked.append(name) or Module)
    monkeypatch.setattr(whole, "CHAPTERS", ["first", "second"])
    monkeypatch.setattr(report, "FOLDER", tmp_path)
    monkeypatch.setattr(report.write, "__defaults__", (tmp_path,))
    whole.main(["--quick"])
    assert asked == ["benchmarks.first"]
    text = (tmp_path / "report.md").read_text()
    assert "quick: True" in text and "### Interrupted" in text and "python -m benchmarks.first --quick" in text


@pytest.mark.parametrize("name", whole.CHAPTERS)
def test_each_chapter_can_be_run(name):
    module = __import__(f"benchmarks.{name}", fromlist=["TITLE"])
    assert isinstance(module.TITLE, str) and callable(module.sections)


def test_threads_are_as_before_afterwards(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("NPROC", raising=False)
    with command.threads(1):
        assert all(command.os.environ[name] == "1" for name in command.THREADS)
    assert command.os.environ["OMP_NUM_THREADS"] == "7" and "NPROC" not in command.os.environ
