"""The demos: the lectures' formulas, the checks, the report, Ctrl-C, and short runs."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest

import autodiff as ad

for _name in ("matplotlib", "sklearn", "tqdm"):
    pytest.importorskip(_name)

# After the skip: the demos need an extra.
from demos import checks, digits, session, xor  # noqa: E402 (after importorskip)
from demos.report import Report  # noqa: E402 (after importorskip)

SAME = checks.SAME_FORMULA


@pytest.fixture
def point() -> list[np.ndarray]:
    generator = np.random.default_rng(7)
    return [generator.standard_normal(shape) for shape in xor.SHAPES.values()]


def test_xor_data_is_what_the_lectures_describe() -> None:
    X, y = xor.make_data()
    assert X.shape == (2, 1000)
    assert [np.sum(y == label) for label in (1, -1)] == [500, 500]
    # The axes are more than three standard deviations away from every corner.
    assert np.mean(np.sign(-X[0] * X[1]) == y) > 0.99


def test_the_lectures_formulas_are_the_engines_gradients(point: list[np.ndarray]) -> None:
    X, y = xor.make_data(seed=3, per_corner=5)
    for check in xor.check_gradients(X, y, [point]):
        assert check.passed, check


def test_the_lectures_slips_would_be_noticed(point: list[np.ndarray]) -> None:
    """Without 1/N the formulas are N times too large, and without keepdims `db` has another shape."""
    X, y = xor.make_data(per_corner=5)
    by_engine = ad.grad(xor.mean_squared_error, argnums=1)(*point, X, y)
    db = xor.lecture_gradients(*point, X, y)[1]
    assert not checks.compare("db", "without 1/N", [by_engine], [db * 20], **SAME).passed
    with pytest.raises(ValueError, match="shapes differ"):
        checks.compare("db", "without keepdims", [by_engine], [db[:, 0]], **SAME)


def test_xor_training_is_steepest_descent_along_the_lectures_gradients() -> None:
    X, y = xor.make_data(per_corner=5)
    result = xor.train(X, y, 0, session.Training(), iterations=11)
    params = result.points[0]
    for _ in range(10):
        gradients = xor.lecture_gradients(*params, X, y)
        params = [p - xor.ETA * g for p, g in zip(params, gradients, strict=True)]
    assert len(result.errors) == 12
    for reached, expected in zip(result.points[1], params, strict=True):
        np.testing.assert_allclose(reached, expected, rtol=1e-12)


def test_compare_finds_the_largest_difference_of_all_points() -> None:
    expected = [np.array([1.0, 2.0]), np.array([10.0, 4.0])]
    found = [np.array([1.0, 2.5]), np.array([10.0, 4.0])]
    check = checks.compare("f", "g", found, expected, rtol=0.1, atol=0)
    assert (check.points, check.absolute, check.relative, check.passed) == (2, 0.5, 0.25, False)
    assert checks.compare("f", "g", found, expected, rtol=0.25, atol=0).passed


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_compare_never_passes_what_is_not_finite(broken: float) -> None:
    assert not checks.compare("f", "g", [np.array([broken, 1.0])], [np.ones(2)], rtol=1, atol=1).passed


def test_central_differences_of_a_known_gradient() -> None:
    x, y = np.array([[1.0, -2.0]]), np.array(3.0)
    by_x, by_y = checks.central_differences(lambda x, y: np.sum(x**2) * y, [x, y])
    np.testing.assert_allclose(by_x, [[6.0, -12.0]], rtol=1e-9)
    np.testing.assert_allclose(by_y, 5.0, rtol=1e-9)


def test_no_relu_switches_along_a_smooth_direction() -> None:
    generator = np.random.default_rng(0)
    params = [p.numpy() for p in digits.initialize(generator)]
    X = generator.random((50, 64))
    direction = digits.smooth_direction(params, 0, X, generator)
    at_ends = [digits.hidden(params[0] + s * direction, params[1], X) > 0 for s in (checks.STEP, -checks.STEP)]
    np.testing.assert_array_equal(*at_ends)
    assert np.linalg.norm(direction) == pytest.approx(1)


def test_adam_takes_its_first_step_against_the_gradients_signs() -> None:
    p = ad.tensor([1.0, 2.0], requires_grad=True)
    p.grad = np.array([5.0, -0.1])
    digits.Adam([p], rate=0.01).step()
    np.testing.assert_allclose(p.numpy(), [0.99, 2.01], rtol=1e-8)
    assert p.grad is None


def test_the_report_writes_its_table_and_its_page(tmp_path: Path) -> None:
    report = Report(tmp_path / "new" / "out")
    report.title("A & B")
    report.checks.append(checks.compare("∂E/∂W", "formula", [np.ones((2, 3))], [np.ones((2, 3))], **SAME))
    report.checks.append(checks.compare("∂E/∂b", "formula", [np.ones(2)], [np.zeros(2)], **SAME))
    report.write()
    table = (report.folder / "checks.md").read_text(encoding="utf-8").splitlines()
    assert [line.split("|")[-2].strip() for line in table] == ["verdict", "-------", "passed", "FAILED"]
    assert len({len(line) for line in table}) == 1
    page = (report.folder / "index.html").read_text(encoding="utf-8")
    assert "<h2>A &amp; B</h2>" in page
    assert page.count("<tr>") == 3


def test_short_runs_write_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        session.run(
            lambda report, training: xor.demo(report, training, iterations=12, seeds=range(2)),
            lambda report, training: digits.demo(report, training, epochs=2),
        )
    assert ended.value.code == 0
    pictures = ["xor-errors", "xor-map", "digits-curves", "digits-confusion", "digits-mistakes"]
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    for picture in pictures:
        assert (tmp_path / "out" / f"{picture}.png").read_bytes().startswith(b"\x89PNG")
        assert f'src="{picture}.png"' in page
    assert "FAILED" not in (tmp_path / "out" / "checks.md").read_text(encoding="utf-8")


def test_a_failed_check_fails_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    wrong = checks.compare("∂E/∂b", "formula", [np.ones(2)], [np.zeros(2)], **SAME)
    with pytest.raises(SystemExit, match="FAILED: ∂E/∂b against formula"):
        session.run(lambda report, training: report.checks.append(wrong))


def test_ctrl_c_ends_training_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    def interrupted(report: Report, training: session.Training) -> None:
        for step in training.steps(10, "interrupted"):
            if step == 3:
                os.kill(os.getpid(), signal.SIGINT)
        xor.demo(report, training, iterations=12, seeds=range(2))

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(SystemExit) as ended:
        session.run(interrupted, digits.demo)
    assert ended.value.code == 130
    assert signal.getsignal(signal.SIGINT) is before
    assert "training stopped at step 4 of 10" in capsys.readouterr().out
    assert (tmp_path / "out" / "index.html").exists()
