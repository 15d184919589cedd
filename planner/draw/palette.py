"""Colours and line styles of every picture, chosen to be told apart without full colour vision."""

from __future__ import annotations

PHASES = ("#cfe8f7", "#d5efdc", "#fdeecb", "#f6d9e6", "#e3dcf4", "#fbe0cf", "#d8f0ee", "#ececc8")
"""Fill of a namespace by its phase, in turn (paler tints of the Okabe-Ito colours)."""
ALREADY, OUTSIDE, UNPLACED = "#bfe3c8", "#eeeeee", "#ffffff"
INK, FAINT = "#22303c", "#6b7785"
INGRESS, EGRESS, INTERNAL, FRONTIER = "#0072b2", "#d55e00", "#4a5560", "#c2185b"
VERDICTS = {
    "mtls": "#1b7f4d", "hbone": "#3f9e83", "tls": "#0072b2", "plaintext": "#d98217", "bypass": "#77838f",
    "unknown": "#7d5fc0", "policy-lost": "#d1477e", "broken": "#c0143c",
}  # fmt: skip
"""Colour of an arrow by what happens to its flows; `unknown` is dashed and what fails is thick, too."""
FONT = "Helvetica,Arial,sans-serif"

SURE, LIKELY = 0.8, 0.5
"""From here on a flow is drawn solid; below the second it is dotted."""


def phase_fill(index: int) -> str:
    """Fill colour of a phase, counted from 1."""
    return PHASES[(index - 1) % len(PHASES)]


def line_style(confidence: float) -> str:
    """Graphviz style of a flow by how sure it is."""
    if confidence >= SURE:
        return "solid"
    return "dashed" if confidence >= LIKELY else "dotted"
