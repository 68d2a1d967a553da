"""Training steps as the programs that `ad.compile` derives: read, drawn, timed, exported, and run by NumPy alone."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

import autodiff as ad

from . import digits, xor
from .checks import Array, Check, compare
from .compile_page import Article, page
from .graphs import picture
from .report import Report
from .session import Training, run

EPOCHS = 20
SECONDS = 0.4  # for each way of taking steps that is timed
ALONE = 20  # steps that NumPy takes alone
# Eagerly, sums are added up in another order; after some hundred steps little is left of it.
SAME_STEPS = {"rtol": 1e-9, "atol": 1e-12}
TO_THE_BIT = {"rtol": 0.0, "atol": 0.0}

# What runs an exported program: Python without site-packages, but for the folder where NumPy is. It takes the
# arrays in their order, writes new values into them, and tells which packages it imported.
RUN_ALONE = """
import sys
before = set(sys.modules)
numpy_folder, program, function, count, arrays = sys.argv[1:]
sys.path.insert(0, numpy_folder)
import importlib.util, numpy
spec = importlib.util.spec_from_file_location("program", program)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
inputs = [each.copy() for each in numpy.load(arrays).values()]
for _ in range(int(count)):
    getattr(module, function)(*inputs)
numpy.savez(arrays, *inputs)
packages = {name.partition(".")[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)
print(*sorted(each for each in packages if not each.startswith("_")))
"""


class Learning(NamedTuple):
    """A training step, the arguments of one call, and the tensors that it assigns to."""

    step: Callable[..., Any]
    args: tuple[Any, ...]
    variables: list[ad.Tensor]


class Step(NamedTuple):
    """What the page says of one step; `view` are the options that it is drawn with."""

    name: str
    title: str
    text: str
    make: Callable[[], Learning]
    view: dict[str, Any]


def xor_step() -> Learning:
    """The lectures' XOR network, and steepest descent over the whole training set."""
    generator = np.random.default_rng(1)
    params = [
        ad.tensor(generator.standard_normal(shape), requires_grad=True, name=n) for n, shape in xor.SHAPES.items()
    ]

    def step(X: Any, y: Any) -> Any:
        W_i, b, w_o = params
        U = W_i.T @ X + b
        V = np.tanh(U)
        Yh = np.tanh(w_o.T @ V)
        E = y - Yh
        loss = np.mean(E**2)
        loss.backward()
        for w in params:
            w.data -= xor.ETA * w.grad
            w.grad = None
        return loss

    return Learning(step, xor.make_data(), params)


def digits_step() -> Learning:
    """The network of the digits demo, and Adam with its averages and its time in tensors."""
    params = digits.initialize(np.random.default_rng(0))
    means = [ad.tensor(np.zeros(p.shape), name=f"m_{p.name}") for p in params]
    squares = [ad.tensor(np.zeros(p.shape), name=f"v_{p.name}") for p in params]
    time = ad.tensor(0.0, name="t")

    def step(X: Any, labels: Any) -> Any:
        W_1, b_1, W_2, b_2 = params
        with ad.scope("hidden"):
            h = ad.relu(X @ W_1 + b_1)
        with ad.scope("output"):
            z = h @ W_2 + b_2
        with ad.scope("loss"):
            loss = np.mean(ad.cross_entropy(z, labels))
        loss.backward()
        with ad.scope("Adam"):
            time.data = time.data + 1
            rate = 0.003 * np.sqrt(1 - 0.999**time.data) / (1 - 0.9**time.data)
            for p, m, v in zip(params, means, squares, strict=True):
                m.data = 0.9 * m.data + 0.1 * p.grad
                v.data = 0.999 * v.data + 0.001 * p.grad**2
                p.data -= rate * m.data / (np.sqrt(v.data) + 1e-8)
                p.grad = None
        return loss

    train_set, _ = digits.load()
    return Learning(step, (train_set.X[: digits.BATCH], train_set.y[: digits.BATCH]), [*params, *means, *squares, time])


STEPS = (
    Step(
        "xor",
        "The XOR network: 1000 points, steepest descent",
        "Forward, backward and the update, as the lectures derive them by hand: from E on, follow the program down to "
        "the three lines that write the weights. The derivative of tanh is 1 − tanh², and tanh is not computed again; "
        "the sum of squares is a scalar product; the constants of mean and square are one number.",
        xor_step,
        {},
    ),
    Step(
        "digits",
        "Handwritten digits: 64-32-10, softmax, Adam",
        "The same for a network with relu, cross-entropy and Adam, on batches of {batch} digits. The gradient of the "
        "loss by z is softmax − one_hot over the number of rows, relu passes on what came where h > 0, and averages "
        "and weights are written in their places. The graph is folded to its scopes. Trained by this program for "
        "{epochs} epochs, the network gets {right:.1%} of the test digits right.",
        digits_step,
        {"scopes": 0, "rankdir": "LR"},
    ),
)


class Timing(NamedTuple):
    """Seconds for one step."""

    eager: float
    compiled: float


def timed(eager: Callable[[], Any], compiled: Callable[[], Any], seconds: float = SECONDS) -> Timing:
    """The median time of each, in turns, so that both meet the machine in the same moods."""
    times: tuple[list[float], list[float]] = [], []
    end = perf_counter() + 2 * seconds
    while perf_counter() < end:
        for each, taken in zip((eager, compiled), times, strict=True):
            start = perf_counter()
            each()
            taken.append(perf_counter() - start)
    return Timing(*map(float, map(np.median, times)))


def train_digits(compiled: Callable[..., Any], learning: Learning, training: Training, epochs: int) -> float:
    """Full batches of shuffled digits through a compiled step; returns the share of test digits that are right."""
    train_set, test_set = digits.load()
    generator = np.random.default_rng(0)
    for _ in training.steps(epochs, "  digits, compiled", unit="epoch"):
        for batch in digits.batches(train_set, generator):
            if len(batch.y) == digits.BATCH:
                compiled(batch.X, batch.y)
    params = [each.numpy() for each in learning.variables[:4]]
    return float(np.mean(digits.predict(params, test_set.X) == test_set.y))


def values(learning: Learning) -> list[Array]:
    return [each.numpy() for each in learning.variables]


def check_steps(step: Step, count: int = 100) -> Check:
    """What variables hold after steps of the program, against eager steps."""
    eager, learning = step.make(), step.make()
    compiled = ad.compile(learning.step)
    for _ in range(count):
        eager.step(*eager.args)
        compiled(*learning.args)
    return compare(f"{step.name}: after {count} steps", "eager steps", values(learning), values(eager), **SAME_STEPS)


def check_alone(step: Step, folder: Path) -> Check:
    """What variables hold after the exported program ran by itself: to the bit what they hold here."""
    learning = step.make()
    compiled = ad.compile(learning.step)
    compiled(*learning.args)
    program = folder / f"{step.name}_step.py"
    compiled.export(program)
    named = {each.name: each for each in learning.variables}
    names = list(inspect.signature(learning.step).parameters)
    given = dict(zip(names, learning.args, strict=True))
    order = parameters(program, "step")
    arrays = folder / f"{step.name}_arrays.npz"
    np.savez(arrays, *[given[each] if each in given else named[each].numpy() for each in order])
    run_alone(program, arrays)
    for _ in range(ALONE):
        compiled(*learning.args)
    with np.load(arrays) as saved:
        found = [saved[f"arr_{order.index(each)}"] for each in named]
    return compare(f"{step.name}: exported, {ALONE} steps", "the compiled step", found, values(learning), **TO_THE_BIT)


def parameters(program: Path, function: str) -> list[str]:
    """The names of an exported function's parameters."""
    namespace: dict[str, Any] = {}
    exec(compile(program.read_text(encoding="utf-8"), program, "exec"), namespace)
    return list(inspect.signature(namespace[function]).parameters)


def run_alone(program: Path, arrays: Path) -> None:
    """Run an exported program in a Python of its own. Raises RuntimeError where it fails, or takes more than NumPy."""
    numpy_folder = str(Path(np.__file__).parents[1])
    command = [sys.executable, "-IBS", "-c", RUN_ALONE, numpy_folder, str(program), "step", str(ALONE), str(arrays)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode or done.stdout.split() != ["numpy"]:
        raise RuntimeError(f"{program.name} does not run with NumPy alone: {done.stdout}\n{done.stderr}")


def article(step: Step, folder: Path, training: Training, epochs: int, report: Report) -> Article:
    """Everything about one step; its checks go to the report."""
    facts: dict[str, Any] = {"batch": digits.BATCH, "epochs": epochs}
    learning, twin = step.make(), step.make()
    compiled = ad.compile(learning.step)
    compiled(*learning.args)
    drawn = picture(compiled, step.view, folder / step.name, f"ad.draw({_options(step.view)})", f"{step.title}: graph")
    if step.make is digits_step:
        facts["right"] = train_digits(compiled, learning, training, epochs)
    timing = timed(lambda: twin.step(*twin.args), lambda: compiled(*learning.args))
    report.checks += [check_steps(step), check_alone(step, folder)]
    report.say(
        f"{step.name}: {timing.eager * 1e6:.0f} µs per step eagerly, {timing.compiled * 1e6:.0f} µs compiled. "
        f"The exported {step.name}_step.py took {ALONE} steps with NumPy alone."
    )
    return Article(
        name=step.name,
        title=step.title,
        text=step.text.format(**facts),
        picture=drawn,
        function=inspect.getsource(step.make),
        source=compiled.source,
        report=str(compiled.report()),
        times={"eager": timing.eager, "compiled": timing.compiled},
        exported=f"{step.name}_step.py",
        steps=ALONE,
    )


def _options(view: dict[str, Any]) -> str:
    return ", ".join(["step", *(f"{key}={value!r}" for key, value in view.items())])


def demo(report: Report, training: Training, epochs: int = EPOCHS) -> None:
    """Compile two training steps, write their page, and check what they compute, here and by themselves."""
    report.title("Compiled: training steps as programs")
    folder = report.folder / "compile"
    folder.mkdir(exist_ok=True)
    articles = [article(each, folder, training, epochs, report) for each in STEPS]
    path = folder / "index.html"
    path.write_text(page(articles), encoding="utf-8")
    report.link(f"{folder.name}/{path.name}", "The programs beside their graphs, and how long they take.")


if __name__ == "__main__":
    run(demo)
