"""Comments out of a line, without a parser for each language."""

from __future__ import annotations

import re

_STARTS = ("#", "//", ";", "--", "<!--", "* ", "*/", "**", "/*", "REM ", "::", "{{/*", "%%")
_TRAILING = re.compile(r"\s#\s.*$|\s//\s.*$")


def stripped(line: str) -> str:
    """Return a line without its comment; empty where all of it is one.

    A `#` or `//` inside the line counts only between blanks, since both stand in URLs.
    """
    start = line.lstrip()
    if start[:1].isalnum() and "#" not in line and "//" not in line and not start.startswith("REM "):
        return line  # most lines of most files
    if start.rstrip() == "*" or (
        start.startswith(_STARTS)
        and not start.startswith("---")
        and not (start.startswith("--") and start[2:3].isalpha())
        and not start.startswith("* =")
    ):
        return ""
    if " #" not in line and " //" not in line and "\t#" not in line:
        return line
    match = _TRAILING.search(line)
    return line[: match.start()] if match and _outside_quotes(line[: match.start()]) else line


def _outside_quotes(text: str) -> bool:
    return text.count('"') % 2 == 0 and text.count("'") % 2 == 0
