"""What a workload's own settings switch off: `-Dtracing.enabled=false`, `TRACING_ENABLED: "false"`, `DISABLE_X`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from planner.evidence.text import keys

_FLAG = re.compile(r"(?:-D|--)([A-Za-z][\w.\-]{1,120})=(true|false|0|1|no|off)\b", re.IGNORECASE)
_NO = frozenset(("false", "0", "no", "off", "disabled", "none"))
_YES = frozenset(("true", "1", "yes", "on"))
_ON_WORDS, _OFF_WORDS = (
    frozenset(("enabled", "enable", "on", "active")),
    frozenset(("disabled", "disable", "off", "skip")),
)


def switched_off(variables: Mapping[str, str], words: Iterable[str]) -> Mapping[tuple[str, ...], str]:
    """Return the subjects that are switched off, each as the words of its name, with the setting that does it.

    Args:
        variables: Environment of the container.
        words: Its command and arguments.
    """
    found: dict[tuple[str, ...], str] = {}
    flags = [
        (m[1], m[2]) for text in (*variables.values(), *words) if "=" in text for m in _FLAG.finditer(text[:20000])
    ]
    for name, value in (*variables.items(), *flags):
        subject = _subject(keys.words(name), value.strip().lower())
        if subject:
            found[subject] = f"{name}={value}"
    return found


def _subject(words: tuple[str, ...], value: str) -> tuple[str, ...]:
    """Return what the setting switches off, or nothing."""
    if len(words) < 2 or value not in _NO | _YES:
        return ()
    off = (value in _NO and _ON_WORDS) or (value in _YES and _OFF_WORDS) or frozenset()
    if words[-1] in off:
        return words[:-1]
    return words[1:] if words[0] in off and words[0] not in ("on", "off") else ()


def reason(key: str, host: str, off: Mapping[tuple[str, ...], str]) -> str:
    """Say which setting switches an address off, or an empty string.

    A variable belongs to a subject when its name begins with it; a flag like `spring.zipkin.enabled` also
    covers what is called by its last word.
    """
    if not off:
        return ""
    words = keys.words(key)
    first = host.partition(".")[0]
    for subject, setting in off.items():
        last = subject[-1]
        dotted = "." in setting.partition("=")[0]
        if words[: len(subject)] == subject or (dotted and (words[:1] == (last,) or first == last)):
            return f"switched off by {setting}"
    return ""
