"""How each kind of box and arrow looks; no kind is told by its colour alone."""

from __future__ import annotations

from typing import NamedTuple

# The form of each kind: shape, frame and line, the same in every theme.
FORMS: dict[str, dict[str, str]] = {
    "parameter": {"shape": "box", "style": "filled", "peripheries": "2", "penwidth": "1.2"},
    "input": {"shape": "note", "style": "filled"},
    "constant": {"shape": "box", "style": "filled", "penwidth": "0", "fontsize": "9", "height": "0.2"},
    "operation": {"shape": "box", "style": "rounded,filled"},
    "output": {"shape": "box", "style": "rounded,filled", "penwidth": "2.6"},
    "backward": {"shape": "box", "style": "filled,dashed"},
    "folded": {"shape": "folder", "style": "filled"},
}


class Theme(NamedTuple):
    """Colours: of the page, of text, of what is faint and what is highlighted, and (fill, line) of each kind."""

    page: str
    text: str
    faint: str
    strong: str
    kinds: dict[str, tuple[str, str]]
    gradient: tuple[str, ...]  # from vanishing to large


# Hues of Okabe and Ito (Color Universal Design, 2008), which colour-blind readers tell apart.
THEMES = {
    "light": Theme(
        page="white",
        text="#1B1B1B",
        faint="#8A8A8A",
        strong="#B3261E",
        kinds={
            "parameter": ("#FDEBD3", "#B35900"),
            "input": ("#DFEEFA", "#0072B2"),
            "constant": ("#FFFFFF", "#FFFFFF"),
            "operation": ("#F6F6F4", "#6B6B6B"),
            "output": ("#DDF3EA", "#007A5A"),
            "backward": ("#F8E9F2", "#A34A7F"),
            "folded": ("#ECECEC", "#555555"),
        },
        gradient=("#B8B8C8", "#7BA7D0", "#3D7DB8", "#A34A7F", "#C0392B"),
    ),
    "dark": Theme(
        page="#16181D",
        text="#ECECEC",
        faint="#8F949E",
        strong="#FF8A80",
        kinds={
            "parameter": ("#4A3213", "#F0A860"),
            "input": ("#12344D", "#6DB9E8"),
            "constant": ("#16181D", "#16181D"),
            "operation": ("#2A2D34", "#9AA0AA"),
            "output": ("#0F4032", "#4CC79E"),
            "backward": ("#43223A", "#E08ABF"),
            "folded": ("#33363D", "#B5B9C2"),
        },
        gradient=("#4A4F5C", "#4E7FB0", "#6DB9E8", "#E08ABF", "#FF8A80"),
    ),
    "print": Theme(
        page="white",
        text="black",
        faint="#767676",
        strong="black",
        kinds={
            kind: ("white", "black" if kind != "constant" else "white")
            for kind in ("parameter", "input", "constant", "operation", "output", "backward", "folded")
        },
        gradient=("#BBBBBB", "#999999", "#777777", "#444444", "#000000"),
    ),
}
