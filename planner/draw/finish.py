"""What the layout engine does not give an SVG: a title, a text alternative, a legend, what was left out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from planner.draw import palette
from planner.draw.scene import Scene

_SIZE = re.compile(r'<svg width="(?P<w>[\d.]+)pt" height="(?P<h>[\d.]+)pt"\s+viewBox="[^"]*"')
_LINE, _WIDEST = 18, 96
_OVERVIEW = (
    (palette.INGRESS, "solid", "from outside"),
    (palette.EGRESS, "solid", "to outside"),
    (palette.INTERNAL, "solid", "inside"),
    (palette.INTERNAL, "dashed", "likely, not sure"),
    (palette.INTERNAL, "dotted", "a hint"),
)
_PHASE = ((palette.FRONTIER, "solid", "crosses the edge of the mesh"), *_OVERVIEW[:3])

_VERDICTS = {"mtls": "mTLS", "tls": "own TLS", "bypass": "past the proxy", "policy-lost": "without its policy"}


def finish(svg: str, scene: Scene, kind: str, swatches: Mapping[str, str]) -> str:
    """Wrap a laid-out SVG in a frame with title, legend and text alternative.

    Args:
        svg: What the engine gave.
        scene: What it shows.
        kind: `overview` or `phase`, which decides the legend.
        swatches: Fill colours that the picture uses, by what they mean.
    """
    match = _SIZE.search(svg)
    width, height = (float(match["w"]), float(match["h"])) if match else (800.0, 600.0)
    inner = svg[svg.index("<svg") :]
    inner = _SIZE.sub(
        f'<svg x="0" y="44" width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"', inner, 1
    )
    footer = _footer(scene, kind, swatches)
    full_width = max(width, 640.0)
    full_height = 44 + height + 14 + _LINE * len(footer)
    rows = "\n".join(
        f'<g transform="translate(16 {44 + height + 14 + _LINE * number:g})">{row}</g>'
        for number, row in enumerate(footer)
    )
    description = escape(_describe(scene))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" '
        f'aria-labelledby="title desc" width="{full_width:g}" height="{full_height:g}" '
        f'viewBox="0 0 {full_width:g} {full_height:g}" font-family="{palette.FONT}">\n'
        f'<title id="title">{escape(scene.title)}</title>\n<desc id="desc">{description}</desc>\n'
        f'<rect width="100%" height="100%" fill="white"/>\n'
        f'<text x="16" y="28" font-size="16" font-weight="bold" fill="{palette.INK}">{escape(scene.title)}</text>\n'
        f"{inner.strip()}\n{rows}\n</svg>\n"
    )


def _footer(scene: Scene, kind: str, swatches: Mapping[str, str]) -> list[str]:
    legend: list[str] = []
    x = 0
    for colour, style, words in _lines(scene, kind):
        dash = {"dashed": ' stroke-dasharray="6 3"', "dotted": ' stroke-dasharray="2 3"'}.get(style, "")
        legend.append(f'<line x1="{x}" y1="-4" x2="{x + 26}" y2="-4" stroke="{colour}" stroke-width="2"{dash}/>')
        legend.append(_words(words, x + 32))
        x += 46 + 6 * len(words)
    rows = ["".join(legend), _swatches(swatches)]
    if any(edge.verdict for edge in scene.edges):
        rows.append(_words("an arrow has the colour of the worst of its flows; a thick one crosses the edge or fails"))
    if any(node.blind for node in scene.nodes):
        rows.append(_words("dashed box: what it calls is unknown"))
    if scene.left_out:
        rows.extend(_words(line) for line in _wrap("not drawn: " + ", ".join(scene.left_out)))
    return rows


def _lines(scene: Scene, kind: str) -> tuple[tuple[str, str, str], ...]:
    """Choose the lines of the legend: what an arrow's colour means in this picture."""
    used = {edge.verdict for edge in scene.edges if edge.verdict}
    if not used:
        return _PHASE if kind == "phase" else _OVERVIEW
    return tuple(
        (colour, "dashed" if verdict == "unknown" else "solid", _VERDICTS.get(verdict, verdict))
        for verdict, colour in palette.VERDICTS.items()
        if verdict in used
    )


def _swatches(swatches: Mapping[str, str]) -> str:
    found: list[str] = []
    x = 0
    for words, colour in swatches.items():
        found.append(f'<rect x="{x}" y="-10" width="26" height="12" rx="3" fill="{colour}" stroke="#8a97a3"/>')
        found.append(_words(words, x + 32))
        x += 46 + 6 * len(words)
    return "".join(found)


def _wrap(text: str) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        if len(line) + len(word) > _WIDEST:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return [*lines, line]


def _words(text: str, x: int = 0) -> str:
    return f'<text x="{x}" y="0" font-size="11" fill="{palette.FAINT}">{escape(text)}</text>'


def _describe(scene: Scene) -> str:
    """Say the picture in words, for who cannot see it."""
    arrows = (f"{_plain(edge.source)} to {_plain(edge.target)}" for edge in scene.edges[:200])
    groups = (f"{name}: {caption}" for name, caption in sorted(scene.namespaces.items()) if caption)
    return f"{scene.title}. Namespaces: {'; '.join(groups)}. Arrows: {'; '.join(arrows)}."


def _plain(node_id: str) -> str:
    return node_id.partition(":")[2]
