"""Names and addresses as Istio's validation sees them.

Source: istio/istio pkg/config/validation/agent (ValidateFQDN, ValidateWildcardDomain), pkg/config/labels.
"""

from __future__ import annotations

import ipaddress
import re

_LABEL_TEXT = "[a-zA-Z0-9](?:[-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?"
_LABEL = re.compile(_LABEL_TEXT)
_WILDCARD_LABEL = re.compile(rf"\*|(?:\*-?)?{_LABEL_TEXT}")


def is_dns_label(text: str) -> bool:
    """Tell whether a text is one DNS-1123 label; Istio tolerates upper case."""
    return _LABEL.fullmatch(text) is not None


def is_fqdn(text: str) -> bool:
    """Tell whether a text is a domain name without wildcard; one dot at the end is allowed."""
    return 0 < len(text) <= 255 and _labels_hold(text)


def is_wildcard_domain(text: str) -> bool:
    """Tell whether a text is a domain name whose first label may be or begin with `*`."""
    if not 0 < len(text) <= 255:
        return False
    first, dot, rest = text.partition(".")
    return len(first) <= 63 and _WILDCARD_LABEL.fullmatch(first) is not None and (not dot or _labels_hold(rest))


def is_wildcard(host: str) -> bool:
    """Tell whether a host stands for many names."""
    return host.startswith("*")


def is_ip(text: str) -> bool:
    """Tell whether a text is one IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def is_cidr(text: str) -> bool:
    """Tell whether a text is a range such as `10.0.0.0/8`; host bits may be set, as Go allows."""
    address, slash, bits = text.partition("/")
    if not slash or not bits.isascii() or not bits.isdigit() or not is_ip(address):
        return False
    return int(bits[:9]) <= (128 if ":" in address else 32)


def covers(pattern: str, host: str) -> bool:
    """Tell whether every name that `host` stands for is also meant by `pattern`."""
    pattern, host = pattern.lower(), host.lower()
    if not pattern.startswith("*"):
        return pattern == host
    return host.lstrip("*").endswith(pattern[1:]) and len(host) >= len(pattern) - 1


def overlaps(one: str, other: str) -> bool:
    """Tell whether some name is meant by both hosts."""
    return covers(one, other) or covers(other, one)


def _labels_hold(domain: str) -> bool:
    labels = domain.split(".")
    if len(labels) > 1 and labels[-1] == "":
        labels.pop()
    elif labels[-1].isascii() and labels[-1].isdigit():
        return False  # A number at the end would make it look like an address.
    return all(_LABEL.fullmatch(label) for label in labels)
