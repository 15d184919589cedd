"""Names of files and folders that cannot leave their folder, whatever stands in an object's name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection

_LONGEST = 80
_LABEL = 63


def safe(name: str) -> str:
    """Make one path component of any text: `a-z`, `0-9`, `.`, `-`, not longer than 80 characters.

    A name that loses something gets a hash of the whole, so that two different names stay different.
    """
    clean = re.sub(r"[^a-z0-9.-]+", "-", name.lower())
    clean = re.sub(r"\.\.+", ".", clean).strip(".-")
    if clean and clean == name and len(clean) <= _LONGEST:
        return clean
    mark = hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"{clean[: _LONGEST - 9].rstrip('.-')}-{mark}".lstrip("-")


def numbered(number: int, *parts: str) -> str:
    """Name the file of the n-th object of a step: `01-service-shop-cart.yaml`; the number keeps them apart."""
    return f"{number:02d}-{safe('-'.join(part for part in parts if part))}.yaml"


def label(text: str, taken: Collection[str]) -> str:
    """Name an object of ours after any text: a DNS label that is not taken, with a hash where something is lost.

    Source: RFC 1123; Kubernetes object names.
    """
    name = f"meshplan-{re.sub(r'[^a-z0-9]+', '-', text.lower()).strip('-')}".rstrip("-")
    if name == f"meshplan-{text}" and len(name) <= _LABEL and name not in taken:
        return name
    mark = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"{name[: _LABEL - 9].rstrip('-')}-{mark}"
