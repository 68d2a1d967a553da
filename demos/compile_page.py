"""The page of the compiled steps: program and graph side by side, what the passes did, and the time of a step."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from .graphs_page import STYLE, Picture, image

BESIDE = """
  body { max-width: 110rem }
  .beside { display: grid; gap: 0 1.5rem; align-items: start }
  .beside > * { min-width: 0 }
  pre { max-height: 60rem; margin: 0.4rem 0; font-size: 0.75rem }
  @media (min-width: 70rem) {
    .beside { grid-template-columns: 1fr 1fr }
    .beside img { min-width: 0 !important }
    .graph { position: sticky; top: 0 }
  }
  h3 { font-size: 1rem; margin: 1.2rem 0 0.3rem }
  .bars { display: grid; grid-template-columns: max-content 1fr; gap: 0.35rem 0.8rem; max-width: 46rem }
  .bars b { display: inline-block; height: 1rem; border-radius: 2px; margin-right: 0.5rem; vertical-align: middle }
  .eager b { background: #d55e00 }
  .compiled b { background: #0072b2 }
  @media print {
    .beside { display: block }
    pre { max-height: none; white-space: pre-wrap }
    .bars b { print-color-adjust: exact }
  }
"""

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>autodiff: compiled steps</title>
<style>{style}</style>
<h1>autodiff: compiled steps</h1>
<p><code>ad.compile</code> runs a training step once, writes down what it does, gradients and updates included, and
simplifies that. What is left is a program of straight-line NumPy: it is printed here as it runs, with its graph
beside it. <a href="../index.html">All demos</a></p>
{articles}
</html>
"""


class Article(NamedTuple):
    """All that the page has about one step; `times` are seconds for a step."""

    name: str
    title: str
    text: str
    picture: Picture
    function: str
    source: str
    report: str
    times: dict[str, float]
    exported: str
    steps: int


def page(articles: Sequence[Article]) -> str:
    """The whole page."""
    return PAGE.format(style=STYLE + BESIDE, articles="\n".join(map(_article, articles)))


def _article(article: Article) -> str:
    return f"""<article id="{article.name}">
<h2>{escape(article.title)}</h2>
<p>{escape(article.text)}</p>
<details><summary>The step as it was written</summary><pre>{escape(article.function)}</pre></details>
<div class="beside">
<section><h3>The program: <code>step.source</code></h3>
<pre tabindex="0">{escape(article.source)}</pre>
<p class="links"><a href="{article.exported}">{article.exported}</a>, written by <code>step.export</code>, took
{article.steps} steps in a Python that had NumPy and nothing else, and came to the same numbers to the last bit.</p>
<h3>What the passes did: <code>print(step.report())</code></h3>
<pre tabindex="0">{escape(article.report)}</pre>
<h3>Time of a step, on this machine</h3>
<div class="bars">
{_bars(article.times)}
</div></section>
<section class="graph"><h3>Its graph: <code>{escape(article.picture.caption)}</code></h3>
{image(article.picture)}
<p class="links"><a href="{article.picture.name}.svg">SVG</a> · <a href="{article.picture.name}.png">PNG</a></p>
</section>
</div>
</article>"""


def _bars(times: dict[str, float]) -> str:
    """Bars as long as the times, with the numbers behind them."""
    longest = max(times.values())
    return "\n".join(
        f'<span>{name}</span><span class="{name}"><b style="width: {75 * seconds / longest:.1f}%"></b>'
        f"{seconds * 1e6:,.0f} µs</span>"
        for name, seconds in times.items()
    )
