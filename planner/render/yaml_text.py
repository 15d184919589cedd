"""Values to YAML text that every reader takes for the same values.

PyYAML writes strings such as `y`, `1e3` or `0o7` bare, because it would read them back as strings itself; the API
server and kustomize read them as something else. Here a string is bare only where no reader of YAML 1.1 or 1.2
could see anything but a string in it; everything else is double-quoted.

Source: YAML 1.1 type repository (bool, int with underscores and base 60, merge key), YAML 1.2 core schema.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

import yaml

_BARE = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity"})
_NEVER_FOLD = 1_000_000


def is_bare(text: str) -> bool:
    """Tell whether a string may stand without quotes: a word that is no number, boolean or null to anyone."""
    return len(text) <= 120 and _BARE.fullmatch(text) is not None and text.lower() not in _WORDS


_Base: type[Any] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
"""libyaml's emitter where PyYAML was built with it; both write the same."""


class _Dumper(_Base):  # type: ignore[misc]
    """Dumper that quotes what is not surely a string, and never writes anchors."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Write a value as often as it occurs."""
        return True


def _string(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if is_bare(text) else '"')


_Dumper.add_representer(str, _string)


def block(value: Any, indent: int = 0) -> str:
    """Write a value as YAML, each line after the first indented, without a line break at the end.

    Args:
        value: Mappings, lists, strings, numbers, booleans and None.
        indent: Spaces before each line after the first.
    """
    if isinstance(value, str):
        return _scalar(value)
    text = _dumped(json.dumps(value)) if _is_plain(value) else _dump(value)
    return text.replace("\n", "\n" + " " * indent)


def _is_plain(value: Any) -> bool:
    """Whether JSON keeps a value as it is, keys included, so that its JSON may stand for it."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(_is_plain(item) for item in value)
    return value is None or isinstance(value, str | bool | int)


@lru_cache(maxsize=4096)
def _dumped(as_json: str) -> str:
    """Dump a value once: patches of a whole cluster repeat the same few labels."""
    return _dump(json.loads(as_json))


def _dump(value: Any) -> str:
    text: str = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_NEVER_FOLD, default_flow_style=False
    )
    return text.removesuffix("...\n").rstrip("\n")


def _scalar(text: str) -> str:
    if is_bare(text):
        return text
    written: str = yaml.dump(text, Dumper=_Dumper, allow_unicode=True, width=_NEVER_FOLD, default_style='"')
    return written.rstrip("\n")
