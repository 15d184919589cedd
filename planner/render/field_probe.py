"""A question to kubectl that tells "absent" from "empty": the values of the fields that a patch sets.

`-o jsonpath` prints nothing for both; kubectl's go-template output has the function `exists`.

Source: kubernetes/cli-runtime pkg/printers/template.go.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from planner.model.bundle import Change, FieldPath

ABSENT, PRESENT = "<absent>", "<present>"


def probe(changes: Iterable[Change]) -> str:
    """Write a template that prints the value of each changed field, one a line."""
    return '{{"\\n"}}'.join(_field(change) for change in changes)


def expected(changes: Iterable[Change], *, after: bool) -> str:
    """Give what `probe` prints before or after the patch."""
    return "\n".join(_text(change.new if after else change.old) for change in changes)


def _text(value: Any) -> str:
    if value is None:
        return ABSENT
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, bool | int) else PRESENT


def _field(change: Change) -> str:
    whole = any(isinstance(value, dict | list) for value in (change.old, change.new))
    return _at(".", change.path, whole)


def _at(here: str, path: FieldPath, whole: bool) -> str:
    """Write the template for a path; an item that is named by its fields becomes a search."""
    for place, part in enumerate(path):
        if isinstance(part, tuple):
            keys = [_word(step) for step in path[:place]]
            listed = f"(index {here} {' '.join(keys)})" if keys else here
            tests = " ".join(f'(eq (printf "%v" (index . {_word(k)})) {_word(v)})' for k, v in part)
            inner = _at(".", path[place + 1 :], whole)
            return f"{{{{range {listed}}}}}{{{{if and true {tests}}}}}{inner}{{{{end}}}}{{{{end}}}}"
    keys_text = " ".join(_word(step) for step in path)
    value = PRESENT if whole else f"{{{{index {here} {keys_text}}}}}"
    return f"{{{{if exists {here} {keys_text}}}}}{value}{{{{else}}}}{ABSENT}{{{{end}}}}"


def _word(value: Any) -> str:
    return str(value) if isinstance(value, int) else json.dumps(value, ensure_ascii=False)
