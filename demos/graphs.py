"""The graph gallery: networks drawn forward and backward, on a page of its own under out/graphs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import autodiff as ad

from . import networks
from .checks import compare
from .graphs_page import Article, Picture, page
from .networks import Run
from .report import Report
from .session import Training, run

Options = dict[str, Any]  # of ad.draw
LEGEND: Options = {"backward": True, "scopes": 0, "rankdir": "LR"}


@dataclass(frozen=True)
class Entry:
    """One network of the gallery; each view is a picture.

    `text` says what to look at, with the facts of the run in braces; `cotangent` names the fact
    that the backward pass starts from, by default from 1.
    """

    name: str
    title: str
    text: str
    network: Callable[[Training], Run]
    views: tuple[Options, ...]
    cotangent: str | None = None

    def start(self, run: Run) -> Options:
        """What the backward pass starts from, as an option."""
        return {} if self.cotangent is None else {"cotangent": run.facts[self.cotangent]}

    def code(self, run: Run, view: Options) -> str:
        """The line that draws a view."""
        names = [each.name for each in run.output] if isinstance(run.output, list) else run.output.name
        output = f"[{', '.join(names)}]" if isinstance(names, list) else names
        settings = [f"{key}={value!r}" for key, value in view.items()]
        settings += [] if self.cotangent is None else [f"cotangent={self.cotangent}"]
        return f"ad.draw({', '.join([output, *settings])})"


ENTRIES = (
    Entry(
        "neuron",
        "One neuron, one number to fit",
        "The README's first example. The forward pass runs down to the loss, which is {loss:g}; the backward pass "
        "runs up beside it. Start at the loss: 2 · ({y:g} − {target:g}) = {by_y:g} arrives at y, and goes on "
        "unchanged to b; times x = {x:g} it is {by_w:g} for w.",
        networks.neuron,
        ({"backward": True, "values": True, "gradients": True, "rules": True},),
    ),
    Entry(
        "xor-step",
        "The lecture's XOR network, by hand",
        "The first step of the example in L. Quijano Sánchez's lecture (document 003): input (0, 1), target 1, no "
        "biases. The lecture starts the way back from the error t − z = {error:.3f}, and so does the drawing. "
        "Look at ∂z/∂s: {z:.3f} · (1 − {z:.3f}) · {error:.3f} = {delta:.4f} (the lecture prints 0.1044, rounded "
        "early). Times h it is the gradient of V, and V + {eta} · gradient = {new_V[0]:.4f}, {new_V[1]:.4f}. For the "
        "error of h1 the lecture prints 0.046, a slip: ∂z/∂a begins with {delta_h[0]:.5f}.",
        networks.lecture_step,
        ({"backward": True, "values": True, "gradients": True, "rules": True},),
        cotangent="error",
    ),
    Entry(
        "digits",
        "A trained network on digits: softmax and cross-entropy",
        "Trained for {epochs} epochs ({right:.1%} of the test digits right), then shown a batch of {rows}. In the "
        "first picture follow the rules from the loss up: cross-entropy sends back softmax(z) − one_hot, each "
        "matrix of weights gets its input's transpose times g, each bias the sum of g over the rows. The second "
        "shows the gradients: {dead} of {units} hidden units are dead, 0 for the whole batch, and learn nothing here.",
        networks.trained_digits,
        ({"backward": True, "rules": True}, {"gradients": True}),
    ),
    Entry(
        "wide-and-deep",
        "Wide and deep: two inputs, two outputs, two losses",
        "The lectures' functional Keras example, on made-up districts with the features of California housing: five "
        "go straight to the output, six first through two hidden layers. {size:,} numbers, trained for {steps:,} steps "
        "(root mean square errors {error:.2f} and {auxiliary_error:.2f}; the prices spread by {spread:.2f}). The first "
        "picture folds the scopes: two gradients meet at hidden 2, {main:.2g} from the output and {auxiliary:.2g} "
        "from the auxiliary one, which counts a tenth. In the second look for the two lines with ∂h_2 +=.",
        networks.wide_and_deep,
        ({"gradients": True, "scopes": 0}, {"rules": True}),
    ),
    Entry(
        "batch-normalisation",
        "Batch normalisation",
        "Mean, variance, normalise, scale, shift. Gradients meet twice, in the boxes ∂y/∂c and ∂y/∂x: one way goes "
        "around the variance and one through it, one around the mean and one through it. Adding a number to a "
        "column of x leaves y as it is, so each column of ∂x adds up to 0 (at most {shifted:.0e} here, for a random "
        "∂y that makes ∂x as large as {size:.2f}). Nor does stretching a column matter: the sum weighted with c "
        "is 0, but for the {epsilon} below the root ({stretched:.0e}).",
        networks.batch_normalisation,
        ({"backward": True, "rules": True},),
    ),
    Entry(
        "residual",
        "A residual block",
        "Look at the two arrows into ∂y/∂x: what comes straight from y arrives as it was, {straight:g}, what comes "
        "through the branch as {branch:.2f}. However many such blocks follow each other, the straight way stays open.",
        networks.residual_block,
        ({"backward": True, "gradients": True, "rules": True},),
    ),
    Entry(
        "recurrent",
        "A recurrent cell, unrolled",
        "One tanh cell, {steps} steps, the same W_x and W_h in each, untrained. Each step sends its part of the "
        "gradient back to them, and the parts add up. The arrows of W_h carry {parts[3]:.2g} from step 4, "
        "{parts[2]:.2g} from step 3, {parts[1]:.2g} from step 2, and {parts[0]:g} from step 1, since h_0 is 0: the "
        "longer ago, the less. In the second picture each line with ∂W_h += is one of these parts.",
        networks.recurrent_cell,
        ({"gradients": True, "scopes": 0}, {"rules": True}),
    ),
    Entry(
        "second-derivative",
        "A gradient of a gradient",
        "y = tanh(x) at {x:g}. With create_graph=True a backward pass is recorded like any other computation, here in "
        "a frame of its own, and has a gradient again: y′ = 1 − y² = {dy:.4f}, y″ = −2 · y · (1 − y²) = {ddy:.4f}. "
        "Both frames use y again; e and f are the two halves of the derivative of y².",
        networks.derivatives,
        ({"values": True},),
    ),
    Entry(
        "vanishing",
        "Vanishing gradients: ten layers of sigmoid beside ten of relu",
        "The same input, no biases, and the same gradient at the end. Each stack is initialised by the scheme made for "
        "it: weights of variance 1 / inputs for sigmoid (Glorot and Bengio, 2010), 2 / inputs for relu (He et al., "
        "2015). Follow the arrows up, width and colour are on one scale. Through sigmoid the gradient shrinks to one "
        "part in {per_layer:.1f} a layer, one in {sigmoid:,.0f} in all: the slope of σ is at most ¼, and 4⁹ is "
        "{bound:,}. The first layer of relu gets {relu:.1f} times what the last one gets. Its price: {dead} of "
        "{units} units are dead, 0 for every row; each folder counts its own.",
        networks.sigmoid_and_relu,
        ({"gradients": True, "scopes": 1},),
    ),
)


def gallery(folder: Path, training: Training, entries: Sequence[Entry] = ENTRIES) -> Path:
    """Write the page, its pictures and the explorers into a folder; returns the path of the page."""
    folder.mkdir(parents=True, exist_ok=True)
    legend = picture(networks.legend().output, LEGEND, folder / "legend", "legend", "The legend, as a small graph.")
    articles = [article(each, each.network(training), folder) for each in entries]
    path = folder / "index.html"
    path.write_text(page(legend, articles), encoding="utf-8")
    return path


def article(entry: Entry, run: Run, folder: Path) -> Article:
    """Draw the views of one entry, and say what belongs to them."""
    pictures = []
    for k, view in enumerate(entry.views, start=1):
        code = entry.code(run, view)
        name = entry.name if k == 1 else f"{entry.name}-{k}"
        pictures.append(picture(run.output, view | entry.start(run), folder / name, code, f"{entry.title}: {code}"))
    explorer = ad.explore(run.output, folder / f"{entry.name}.html", title=entry.title, **entry.start(run))
    return Article(
        name=entry.name,
        title=entry.title,
        text=entry.text.format(**run.facts).replace(" -", " −"),
        pictures=pictures,
        explorer=explorer.name,
        program=inspect.getsource(entry.network),
        equations=str(ad.Graph(run.output)),
    )


def picture(output: Any, options: Options, path: Path, caption: str, alt: str) -> Picture:
    """Draw into `path` with .svg, -dark.svg and .png behind it."""
    light = ad.draw(output, **options)
    svg = light.render(path.with_name(f"{path.name}.svg"))
    light.render(path.with_name(f"{path.name}.png"))
    ad.draw(output, **options, theme="dark").render(path.with_name(f"{path.name}-dark.svg"))
    return Picture.of(svg, caption, alt)


def demo(report: Report, training: Training) -> None:
    """Write the gallery beside the report, and check the lecture's step."""
    report.title(f"Graphs: {len(ENTRIES)} networks drawn forward and backward")
    path = gallery(report.folder / "graphs", training)
    report.link(f"{path.parent.name}/{path.name}", "The gallery: what to look at, and explorers to step through.")
    # The lecture cuts after four digits.
    printed = np.array([0.2086, 0.4149])
    new_V = networks.lecture_step(training).facts["new_V"]
    report.checks.append(compare("XOR by hand: new V", "the lecture's", [new_V], [printed], rtol=0, atol=1e-4))


if __name__ == "__main__":
    run(demo)
