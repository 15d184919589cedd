"""Names of files and folders that cannot leave their folder, whatever stands in an object's name."""

from __future__ import annotations

import hashlib
import re

_LONGEST = 80


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
