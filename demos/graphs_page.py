"""The gallery's page: one HTML file for wide and narrow screens, light and dark, and paper."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

SHRINK = 0.7  # of its size on paper is as small as a picture gets before it scrolls sideways

KINDS = (
    ("double frame", "a parameter: a tensor with requires_grad=True"),
    ("folded corner", "an input: a tensor without"),
    ("rounded", "an operation: its name, what it computes, its shape, and below, as asked for, its numbers"),
    ("thick and rounded", "an output, where the backward pass begins"),
    ("folder", "a scope, folded: how many operations and parameters are in it"),
    ("dashed", "the backward side: the gradient by the node that a dotted line ties it to"),
    ("∂x = …", "a rule: what goes on to x, where g is the gradient that has arrived; += where several meet"),
    ("1, 2 at an arrowhead", "which argument it is"),
    ("thick and red, thin and pale", "with gradients=True: large and vanishing gradients; the number is their size"),
)

STYLE = """
  :root { --page: white; --text: #1b1b1b; --pale: #595959; --line: #d0d0d0; --link: #005a8f; --code: #f4f4f2 }
  @media screen and (prefers-color-scheme: dark) {
    :root { --page: #16181d; --text: #ececec; --pale: #a9aeb8; --line: #3a3e47; --link: #6db9e8; --code: #22252b }
  }
  body { font: 16px/1.55 system-ui, sans-serif; color: var(--text); background: var(--page);
         max-width: 82rem; margin: 2rem auto; padding: 0 1rem }
  p, nav { max-width: 46rem }
  a { color: var(--link) }
  article { border-top: 1px solid var(--line); margin-top: 3rem }
  figure { margin: 1.5rem 0 }
  figcaption { display: flex; flex-wrap: wrap; gap: 0 1rem; justify-content: space-between }
  .links { color: var(--pale); font-size: 0.9rem }
  .picture { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; margin: 0.4rem 0 }
  img { max-width: 100%; height: auto; display: block; margin: auto }
  code, pre { font: 0.85rem/1.5 ui-monospace, monospace; background: var(--code); border-radius: 4px }
  code { padding: 0.1rem 0.3rem; overflow-wrap: anywhere }
  pre { padding: 0.7rem; overflow-x: auto }
  summary { cursor: pointer }
  dt { font-weight: 600 }
  dd { margin: 0 0 0.35rem 1.2rem }
  @media (min-width: 40rem) {
    dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1.2rem }
    dd { margin: 0 }
  }
  @media print {
    body { margin: 0; max-width: none; font-size: 11pt }
    nav, details, .links { display: none }
    h2, figcaption { break-after: avoid }
    figure { break-inside: avoid }
    .picture { overflow: visible; border: none }
    img { min-width: 0 !important; max-height: 22cm; width: auto }
  }
"""

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>autodiff: graphs</title>
<style>{style}</style>
<h1>autodiff: graphs</h1>
<p>What the engine records while it computes, drawn by the line above each picture. Every network here has really
run, and every number in the text and the pictures comes from that run, but for what a lecture printed.
<a href="../index.html">All demos</a></p>
<nav aria-label="Networks"><ol>
{contents}
</ol></nav>
<h2>How to read the pictures</h2>
{legend}
<dl>
{kinds}
</dl>
{articles}
</html>
"""


class Picture(NamedTuple):
    """A picture in its folder: the name without ending, its size in CSS pixels, the caption and the text for `alt`."""

    name: str
    width: int
    height: int
    caption: str
    alt: str

    @classmethod
    def of(cls, svg: Path, caption: str, alt: str) -> Picture:
        """The size is read from the SVG, which gives it in points."""
        found = re.search(r'<svg width="([\d.]+)pt" height="([\d.]+)pt"', svg.read_text(encoding="utf-8"))
        assert found is not None, f"{svg} has no size"
        width, height = (round(float(points) * 4 / 3) for points in found.groups())
        return cls(svg.stem, width, height, caption, alt)


class Article(NamedTuple):
    """All that the page has about one network."""

    name: str
    title: str
    text: str
    pictures: list[Picture]
    explorer: str
    program: str
    equations: str


def page(legend: Picture, articles: Sequence[Article]) -> str:
    """The whole page."""
    return PAGE.format(
        style=STYLE,
        contents="\n".join(f'<li><a href="#{each.name}">{escape(each.title)}</a></li>' for each in articles),
        legend=image(legend),
        kinds="\n".join(f"<dt>{escape(sign)}</dt><dd>{escape(meaning)}</dd>" for sign, meaning in KINDS),
        articles="\n".join(map(_article, articles)),
    )


def _article(article: Article) -> str:
    return f"""<article id="{article.name}">
<h2>{escape(article.title)}</h2>
<p>{escape(article.text)} <a href="{article.explorer}">Step through it.</a></p>
{"".join(map(_figure, article.pictures))}
<details><summary>The program</summary><pre>{escape(article.program)}</pre></details>
<details><summary>The graph as text</summary><pre>{escape(article.equations)}</pre></details>
</article>"""


def _figure(picture: Picture) -> str:
    return f"""<figure>
<figcaption><code>{escape(picture.caption)}</code>
<span class="links"><a href="{picture.name}.svg">SVG</a> · <a href="{picture.name}.png">PNG</a></span></figcaption>
{image(picture)}
</figure>"""


def image(picture: Picture) -> str:
    """Scrolls sideways in its box where it would get too small; on paper it is always light."""
    least = round(SHRINK * picture.width)
    return f"""<div class="picture" tabindex="0"><picture>
<source srcset="{picture.name}-dark.svg" media="screen and (prefers-color-scheme: dark)">
<img src="{picture.name}.svg" width="{picture.width}" height="{picture.height}" style="min-width: {least}px"
 alt="{escape(picture.alt)}">
</picture></div>"""
