"""A picture inside a page: checked element by element, without ids of its own that the page could have twice."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from markupsafe import Markup

_SVG = "{http://www.w3.org/2000/svg}"
_TOOLTIP = "{http://www.w3.org/1999/xlink}title"
_KNOWN = "a circle defs desc ellipse g line linearGradient path polygon polyline rect stop svg text title tspan"
_KNOWN_ATTRIBUTES = (
    "aria-labelledby cx cy d fill fill-opacity font-family font-size font-style font-weight height id offset opacity "
    "points r role rx ry stop-color stroke stroke-dasharray stroke-opacity stroke-width text-anchor text-decoration "
    "transform viewBox width x x1 x2 y y1 y2"
)
_ELEMENTS, _ATTRIBUTES = frozenset(_KNOWN.split()), frozenset(_KNOWN_ATTRIBUTES.split())
_POINTER = re.compile(r"url\(#([^)]*)\)")


def inline(svg: str, prefix: str) -> Markup:
    """Make an SVG document part of an HTML page.

    Only known elements and attributes stay, so that whatever a picture holds, it cannot run or load anything.
    Its size comes from its view box; the page decides how wide it is shown.

    Args:
        svg: The document.
        prefix: Put before each id, so that it is the only one of the page.

    Returns:
        Markup, or empty markup where the text is no SVG.
    """
    try:
        root = ElementTree.fromstring(svg)  # noqa: S314 - written by planner.draw, and only known parts are kept
    except ElementTree.ParseError:
        return Markup("")
    if root.tag != f"{_SVG}svg":
        return Markup("")
    named = _named(root)
    picture = _clean(root, prefix, named)
    picture.set("style", f"--natural: {_width(root)}px")
    for name in ("width", "height"):
        picture.attrib.pop(name, None)
    return Markup(ElementTree.tostring(picture, encoding="unicode"))  # noqa: S704 - escaped by the serialiser


def _named(root: ElementTree.Element) -> frozenset[str]:
    """Return the ids that something in the picture points to; nobody needs the others."""
    found: set[str] = set()
    for element in root.iter():
        found.update(element.get("aria-labelledby", "").split())
        for value in element.attrib.values():
            found.update(_POINTER.findall(value))
    return frozenset(found)


def _width(root: ElementTree.Element) -> int:
    digits = re.match(r"\d+", root.get("width", ""))
    return int(digits[0]) if digits else 800


def _clean(element: ElementTree.Element, prefix: str, named: frozenset[str]) -> ElementTree.Element:
    tag = element.tag.removeprefix(_SVG)
    # A link of the layout engine only carries a tooltip; without its target it is a group with a title.
    clean = ElementTree.Element("g" if tag == "a" else tag)
    for name, value in element.attrib.items():
        if name in _ATTRIBUTES and not (name == "id" and value not in named):
            clean.set(name, _own(name, value, prefix))
    if tag == "a" and element.get(_TOOLTIP):
        ElementTree.SubElement(clean, "title").text = element.get(_TOOLTIP)
    clean.text = _solid(element.text)
    for child in element:
        if isinstance(child.tag, str) and child.tag.removeprefix(_SVG) in _ELEMENTS:
            kept = _clean(child, prefix, named)
            kept.tail = _solid(child.tail)
            clean.append(kept)
    return clean


def _own(name: str, value: str, prefix: str) -> str:
    if name == "id":
        return prefix + value
    if name == "aria-labelledby":
        return " ".join(prefix + word for word in value.split())
    # A colour that points out of the page would load something.
    return _POINTER.sub(lambda match: f"url(#{prefix}{match[1]})", value) if "url(#" in value else _harmless(value)


def _harmless(value: str) -> str:
    return "none" if "url(" in value.lower() else value


def _solid(text: str | None) -> str | None:
    return text if text and text.strip() else None
