"""How deeply a YAML text nests, told without building anything of it.

libyaml's composer calls itself for each level and takes the process with it where there are too many, so a text that
could be that deep is looked through first, event by event.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

DEEPEST = 500
"""Levels; no object comes near it."""

_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INLINE = re.compile(r"(?:[-?:]\s{1,20}){200}")
_OPENS = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_CLOSES = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


def is_too_deep(text: str) -> bool:
    """Whether a text nests more than `DEEPEST` levels; a text that is no YAML is not.

    Only a text with enough brackets, dashes in a row or indentation is looked through.
    """
    return _may_be_deep(text) and _is_deep(text)


def _may_be_deep(text: str) -> bool:
    if text.count("[") + text.count("{") > DEEPEST or _INLINE.search(text):
        return True
    return " " * DEEPEST in text


def _is_deep(text: str) -> bool:
    loader = _LOADER(text)
    depth = 0
    try:
        while loader.check_event():
            event = loader.get_event()
            depth += isinstance(event, _OPENS) - isinstance(event, _CLOSES)
            if depth > DEEPEST:
                return True
    except yaml.YAMLError:
        return False
    finally:
        loader.dispose()
    return False
