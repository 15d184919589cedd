"""What is taken out of every object while it is read, before anything else sees it."""

from __future__ import annotations

import re
from typing import Any

from planner.model.objects import Lines

REDACTED = "***"
_SECRET_FIELDS = ("data", "stringData")
_NOISY_ANNOTATIONS = ("kubectl.kubernetes.io/last-applied-configuration",)
_STATUS_KEPT = {"Service": "loadBalancer", "Ingress": "loadBalancer", "Node": "nodeInfo"}
_CREDENTIALS_IN_URL = re.compile(r"://[^/\s\"'?#<>]*@")
_SECRET_NAME = re.compile(
    r"(?:PASS(?:WORD|WD|PHRASE)?|PWD|SECRET|TOKEN|CREDENTIALS?|(?:API|ACCESS|PRIVATE|SIGNING|ENCRYPTION)[_-]?KEY)$",
    re.IGNORECASE,
)


def hide_credentials(text: str) -> str:
    """Replace user and password of every URL in a text; line breaks stay where they are.

    Run over the whole input before it is parsed, so that no value carries them any further.
    """
    return _CREDENTIALS_IN_URL.sub(f"://{REDACTED}@", text)


def prune(raw: dict[str, Any], lines: Lines) -> None:
    """Remove secret values, managed fields and unread status from a fresh object, in place.

    Secret data keeps its key names, each with a null value. The copy of the whole object that
    client-side apply leaves in an annotation goes too: for a Secret it holds the values again.
    Literal environment values whose name says that they are secret are blanked.

    Args:
        raw: An object that was just parsed and is not shared yet.
        lines: Its line mirror, changed alike.
    """
    metadata = raw.get("metadata")
    if isinstance(metadata, dict):
        metadata.pop("managedFields", None)
        annotations = metadata.get("annotations")
        if isinstance(annotations, dict):
            for name in _NOISY_ANNOTATIONS:
                annotations.pop(name, None)
    kind = raw.get("kind")
    if kind == "Secret":
        _empty_secret(raw, lines)
    elif isinstance(raw.get("spec"), dict):
        _blank_environment(raw["spec"])
    _trim_status(raw, str(kind))


def _empty_secret(raw: dict[str, Any], lines: Lines) -> None:
    for name in _SECRET_FIELDS:
        held = raw.get(name)
        if isinstance(held, dict):
            raw[name] = dict.fromkeys(held)
        else:
            raw.pop(name, None)
            if isinstance(lines, dict):
                lines.pop(name, None)


def _blank_environment(value: Any) -> None:
    """Blank literal secrets in every `env` list below a value."""
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict | list):
                _blank_environment(item)
        return
    for key, child in value.items():
        if key == "env" and isinstance(child, list):
            for item in child:
                _blank_variable(item)
        elif isinstance(child, dict | list):
            _blank_environment(child)


def _blank_variable(item: Any) -> None:
    name = item.get("name") if isinstance(item, dict) else None
    value = item.get("value") if isinstance(name, str) else None
    if isinstance(value, str) and _SECRET_NAME.search(str(name)) and "://" not in value and "$(" not in value:
        item["value"] = REDACTED


def _trim_status(raw: dict[str, Any], kind: str) -> None:
    kept = _STATUS_KEPT.get(kind)
    status = raw.get("status")
    if kept and isinstance(status, dict) and kept in status:
        raw["status"] = {kept: status[kept]}
    else:
        raw.pop("status", None)
