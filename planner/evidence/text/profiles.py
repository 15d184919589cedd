"""Profiles of Spring Boot: which parts of a configuration count.

Source: Spring Boot reference, `spring.profiles.active`, `spring.config.activate.on-profile` (before 2.4
`spring.profiles`), profile expressions with `!`, `&`, `|` and lists.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_FLAG = re.compile(r"spring\.profiles\.(?:active|include)=([\w,\-]{1,200})")
_OWN_KEYS = ("spring.profiles.active", "spring.profiles.include")
_ON = ("spring.config.activate.on-profile", "spring.config.activate.onProfile", "spring.profiles")
_IN_A_CLUSTER = frozenset(("kubernetes", "k8s"))
"""Profiles that are switched on by running in a cluster, or only make sense there."""


def active(properties: Mapping[str, str], known: Mapping[str, str]) -> frozenset[str] | None:
    """Return the profiles that are active, or None where nothing says.

    Args:
        properties: Of the first part of the file, which belongs to every profile.
        known: Variables of the container.
    """
    given = known.get("SPRING_PROFILES_ACTIVE", "")
    given += "," + known.get("SPRING_PROFILES_INCLUDE", "")
    for value in known.values():
        if "spring.profiles" in value[:20_000]:
            given += "," + ",".join(_FLAG.findall(value[:20_000]))
    if not given.strip(","):
        given = ",".join(_listed(properties, key) for key in _OWN_KEYS)
    names = frozenset(name.strip() for name in given.split(",") if name.strip())
    return names if names and not any("$" in name for name in names) else None


def quarkus(name: str, known: Mapping[str, str]) -> str:
    """Say why a property of Quarkus does not count: `%dev.x` holds while it is developed, `%prod.x` here.

    Source: Quarkus, configuration reference, profiles; `QUARKUS_PROFILE` chooses another.
    """
    if not name.startswith("%"):
        return ""
    profile = name[1:].partition(".")[0]
    chosen = known.get("QUARKUS_PROFILE") or "prod"
    return "" if profile in chosen.split(",") else f"the profile {profile} is not active"


def _listed(properties: Mapping[str, str], key: str) -> str:
    return ",".join(value for name, value in properties.items() if name == key or name.startswith(f"{key}["))


def is_on(part: Mapping[str, str], of_file: str, profiles: frozenset[str] | None) -> str:
    """Say why a part of a file does not count; empty where it does.

    Args:
        part: Properties of the part.
        of_file: Profile that the name of the file says, or an empty string.
        profiles: Active profiles; None where nothing says which.
    """
    wanted = next((found for key in _ON if (found := _listed(part, key))), "")
    if wanted and not _holds(wanted, profiles if profiles is not None else _IN_A_CLUSTER):
        return f"the profile {wanted[:60]} is not active"
    if of_file and profiles is not None and of_file not in profiles | _IN_A_CLUSTER:
        return f"the profile {of_file} is not active"
    return ""


def _holds(expression: str, profiles: frozenset[str]) -> bool:
    """Evaluate a profile expression; brackets are read as blanks, which is right for all that people write."""
    plain = re.sub(r"[()\s]", "", expression[:400])
    return any(
        all(_one(term, profiles) for term in option.split("&") if term) for option in re.split(r"[,|]", plain) if option
    )


def _one(term: str, profiles: frozenset[str]) -> bool:
    return term[1:] not in profiles if term.startswith("!") else term in profiles
