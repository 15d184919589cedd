"""Names of objects that meshplan creates: valid, deterministic, and different for different things."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection

_LONGEST = 63


def slug(prefix: str, text: str, taken: Collection[str] = ()) -> str:
    """Make a DNS label of a prefix and any text; a hash is added only where something is lost or the name is taken."""
    lowered = text.lower()
    plain = re.sub(r"[^a-z0-9]+", "-", lowered.replace("*", "wildcard")).strip("-")
    name = f"{prefix}-{plain}".strip("-")
    if len(name) <= _LONGEST and name not in taken:
        return name
    mark = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"{name[: _LONGEST - 9].rstrip('-')}-{mark}"
