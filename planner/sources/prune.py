"""What is taken out of every object while it is read, before anything else sees it."""

from __future__ import annotations

import re
from typing import Any

from planner.model.objects import Lines
from planner.sources.secrets import is_secret_field, is_secret_name, masked, scrub

_SECRET_FIELDS = ("data", "stringData")
_NOISY_ANNOTATIONS = ("kubectl.kubernetes.io/last-applied-configuration",)
_NOISY_METADATA = ("managedFields", "uid", "resourceVersion", "generation", "selfLink")
_STATUS_KEPT = {"Service": "loadBalancer", "Ingress": "loadBalancer", "Node": "nodeInfo", "Job": "conditions"}
_FLAG = re.compile(r"--?[\w.\-]{1,80}")
_DEEPEST = 200
_NESTED = (dict, list)

_HARMLESS: set[str] = set()
"""Short texts in which there was nothing to hide. A cluster says the same few thousand ones again and again; a text
that was changed is never in here, so that no secret is."""
_SHORT, _MOST = 200, 50_000


def prune(raw: dict[str, Any], lines: Lines) -> None:
    """Remove secret values, managed fields and unread status from a fresh object, in place.

    Secret data keeps its key names, each with a null value. The copy of the whole object that
    client-side apply leaves in an annotation goes too: for a Secret it holds the values again.
    In every other text the secret is masked where a name, a flag or a key says that it is one.

    Args:
        raw: An object that was just parsed and is not shared yet.
        lines: Its line mirror, changed alike.
    """
    metadata = raw.get("metadata")
    if isinstance(metadata, dict):
        for name in _NOISY_METADATA:
            metadata.pop(name, None)
        annotations = metadata.get("annotations")
        if isinstance(annotations, dict):
            for name in _NOISY_ANNOTATIONS:
                annotations.pop(name, None)
    if isinstance(raw.get("binaryData"), dict):  # nobody reads it, and a key store may be in it
        raw["binaryData"] = dict.fromkeys(raw["binaryData"])
    kind = raw.get("kind")
    if kind == "Secret":
        _empty_secret(raw, lines)
    elif kind == "CustomResourceDefinition":
        _drop_schemas(raw)
    _trim_status(raw, str(kind))  # first: what is dropped need not be searched
    _hide(raw, kind == "ConfigMap")


def _drop_schemas(raw: dict[str, Any]) -> None:
    """Drop the schemas of a definition: nobody reads them, and they are most of its bytes."""
    spec = raw.get("spec")
    versions = spec.get("versions") if isinstance(spec, dict) else None
    for version in versions if isinstance(versions, list) else ():
        if isinstance(version, dict):
            version.pop("schema", None)
            version.pop("additionalPrinterColumns", None)


def _empty_secret(raw: dict[str, Any], lines: Lines) -> None:
    for name in _SECRET_FIELDS:
        held = raw.get(name)
        if isinstance(held, dict):
            raw[name] = dict.fromkeys(held)
        else:
            raw.pop(name, None)
            if isinstance(lines, dict):
                lines.pop(name, None)


def _hide(value: Any, is_config: bool, depth: int = 0) -> None:
    """Mask the secrets in all texts below a value, in place."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        if "value" in value and isinstance(value.get("name"), str) and isinstance(value["value"], str):
            _hide_named(value)
        for key, child in value.items():
            if isinstance(child, str):
                value[key] = _text(str(key), child, is_config)
            elif isinstance(child, _NESTED) and child:
                _hide(child, is_config and key == "data", depth + 1)
    elif isinstance(value, list):
        _hide_words(value)
        for child in value:
            if isinstance(child, _NESTED):
                _hide(child, is_config, depth + 1)


def _text(key: str, text: str, is_config: bool) -> str:
    """Mask a text under a key; only a ConfigMap's own keys may be `secret`, elsewhere that names a Secret."""
    if is_secret_name(key) if is_config else is_secret_field(key):
        text = masked(text)
    return _scrubbed(text) if len(text) > 5 else text


def _scrubbed(text: str) -> str:
    """Scrub, but for a text that is known to be harmless."""
    if text in _HARMLESS:
        return text
    safe = scrub(text)
    if safe == text and len(text) <= _SHORT and len(_HARMLESS) < _MOST:
        _HARMLESS.add(text)
    return safe


def _hide_named(item: dict[str, Any]) -> None:
    """Mask the value of an environment variable, a header or a parameter by its name."""
    if is_secret_name(item["name"]) and "$(" not in item["value"]:
        item["value"] = masked(item["value"])


def _hide_words(words: list[Any]) -> None:
    """Mask the words of a command, and what follows a flag such as `--password`."""
    before = ""
    for index, word in enumerate(words):
        if not isinstance(word, str):
            before = ""
            continue
        follows = _FLAG.fullmatch(before) is not None and is_secret_name(before) and not word.startswith("-")
        words[index] = masked(word) if follows else _scrubbed(word)
        before = word


def _trim_status(raw: dict[str, Any], kind: str) -> None:
    kept = _STATUS_KEPT.get(kind)
    status = raw.get("status")
    if kept and isinstance(status, dict) and kept in status:
        raw["status"] = {kept: status[kept]}
    else:
        raw.pop("status", None)
