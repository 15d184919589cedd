"""Variables in configuration files, put in from the environment of the container that mounts them.

The forms that programs understand themselves (`${X}`, `${X:default}`, `${env:X}`, `{$X}`), those that a start script
fills in (`envsubst`), and calls that read a variable with a default (`getenv`). What is not known and has no default
stays as it is written, and then names no host. Lines stay lines.

Sources: Spring Framework (property placeholders), OpenTelemetry Collector (configuration providers), Elastic Beats,
Caddy (Caddyfile), Grafana (variable expansion), GNU gettext (envsubst), the languages' own libraries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_BRACED = re.compile(
    r"\$(?:__env)?\{(?:env[:.]|ENV[:.]|sys:)?([A-Za-z_][\w.\-]{0,100}?)(?:(?::-|:=|:\?|:|(?<=[A-Z0-9_])-)([^{}]{0,300}))?\}"
)
_CADDY = re.compile(r"\{\$([A-Za-z_]\w{0,100})(?::([^{}]{0,300}))?\}|\{env\.([A-Za-z_]\w{0,100})\}")
_PLAIN = re.compile(r"\$(?:\(([A-Za-z_][\w.\-]{0,100})\)|([A-Z][A-Z0-9_]{1,100})(?![\w(]))")
_VALUE = r"(?:[\"']([^\"'\n]{0,300})[\"']|(\d{1,9})\b)"
_GAP = r"[ \t]{0,9}"
_EMBEDDED = re.compile(r"<%=\s{0,9}[\"']?([^\"'%<>]{0,300}?)[\"']?\s{0,9}%>")
"""How Ruby's templates write a value."""
_CALL = re.compile(
    r"(\{)?(?:os\.environ\.get|os\.getenv|environ\.get|getenv|ENV\.fetch|\benv|config)\("
    rf"{_GAP}[\"']([A-Z]\w{{0,100}})[\"']{_GAP}(?:,{_GAP}{_VALUE}{_GAP})?\)"
    rf"(?:{_GAP}(?:\?:|\|\||\bor\b){_GAP}{_VALUE})?(\}})?"
)
_INDEX = re.compile(
    r"(?:(?:process\.env\.|import\.meta\.env\.)([A-Z]\w{0,100})"
    r"|(?:os\.environ|process\.env|ENV|\$_ENV|\$_SERVER)\[[\"']([A-Z]\w{0,100})[\"']\])"
    rf"(?:{_GAP}(?:\|\||\?\?|\?:){_GAP}{_VALUE})?"
)
_CAST = re.compile(
    r"\b(?:int|str|Number|parseInt|String)\([ \t]{0,9}[\"']?([\w.\-]{1,100})[\"']?(?:,[ \t]{0,9}10)?[ \t]{0,9}\)"
)
"""How a port is read from a text."""
_ROUNDS = 4
_LONGEST = 2000


def expand(text: str, known: Mapping[str, str]) -> str:
    """Put the values of variables into a text.

    Args:
        text: A line or a whole file.
        known: Variables by name.
    """
    if "$" in text:
        for _ in range(_ROUNDS):  # the default of one may be another
            before, text = text, _BRACED.sub(lambda match: _value(match[0], match[1], match[2], known), text)
            if text == before:
                break
        if "{$" in text:
            text = _CADDY.sub(lambda match: _value(match[0], match[1] or match[3], match[2], known), text)
        if known:
            text = _PLAIN.sub(lambda match: _value(match[0], match[1] or match[2], None, known), text)
    if "env" in text or "ENV" in text:
        text = _CALL.sub(lambda match: _called(match, known), text)
        text = _INDEX.sub(lambda match: _quoted(match[0], match[1] or match[2], match[3] or match[4], known), text)
        text = _CAST.sub(r"\1", text)
    return _EMBEDDED.sub(r"\1", text) if "<%=" in text else text


def _value(written: str, name: str, default: str | None, known: Mapping[str, str]) -> str:
    value = known.get(name)
    if value is None and ("." in name or "-" in name):
        value = known.get(relaxed(name))
    value = default if value is None else value
    return written if value is None or len(value) > _LONGEST or "\n" in value else value


def _called(match: re.Match[str], known: Mapping[str, str]) -> str:
    """Put in what a call returns; inside the brackets of a formatted string without quotes."""
    written, name = match[0], match[2]
    default = match[3] or match[4] or match[5] or match[6]
    if match[1] and match[7]:
        return _value("{" + name + "}", name, default, known)
    if match[1] or match[7]:
        return (match[1] or "") + _quoted(written.strip("{}"), name, default, known) + (match[7] or "")
    return _quoted(written, name, default, known)


def _quoted(written: str, name: str, default: str | None, known: Mapping[str, str]) -> str:
    value = _value("", name, default, known)
    return f'"{value}"' if value and '"' not in value else written


def relaxed(name: str) -> str:
    """Return the variable that sets a property: `spring.data-source.url` is `SPRING_DATASOURCE_URL`.

    Source: Spring Boot, relaxed binding from environment variables.
    """
    return name.replace("-", "").replace("[", "_").replace("]", "").replace(".", "_").upper()
