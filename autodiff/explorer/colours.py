"""The page's colours: those of the themes, as custom properties in place of what Graphviz wrote into the drawing."""

from __future__ import annotations

from ..drawing.themes import THEMES, Theme


def stylesheet() -> str:
    """Properties such as `--text` and `--parameter-fill`, in light, dark and on paper, and rules that put them in."""
    light = _properties(THEMES["light"])
    rules = [
        _declared("light"),
        f"@media (prefers-color-scheme: dark) {{ {_declared('dark')} }}",
        f"@media print {{ {_declared('print')} }}",
    ]
    for name, colour in light.items():
        rules += [f'#stage [{part}="{colour}" i] {{ {part}: var(--{name}); }}' for part in ("fill", "stroke")]
    return "\n".join(rules)


def _declared(theme: str) -> str:
    return ":root { " + " ".join(f"--{name}: {colour};" for name, colour in _properties(THEMES[theme]).items()) + " }"


def _properties(theme: Theme) -> dict[str, str]:
    kinds = {f"{kind}-{part}": colour for kind, pair in theme.kinds.items() for part, colour in _parts(pair)}
    gradient = {f"gradient-{i}": colour for i, colour in enumerate(theme.gradient)}
    return {"page": theme.page, "text": theme.text, "faint": theme.faint, "strong": theme.strong} | kinds | gradient


def _parts(pair: tuple[str, str]) -> zip[tuple[str, str]]:
    return zip(("fill", "line"), pair, strict=True)
