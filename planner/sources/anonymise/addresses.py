"""IP addresses to others of the same kind: prefix by prefix, so that an address stays inside its range.

Every bit below the fixed ones is turned or kept by a keyed digest of the bits before it. Two addresses with the same
first n bits have the same first n bits afterwards, and no two become one (the way of Crypto-PAn, J. Xu and others,
2002). What an address *is* stays: loopback, unspecified, link-local, multicast, documentation, private of each kind,
shared address space, and the address of the metadata service of clouds. A public IPv4 address goes to 240.0.0.0/4,
which belongs to nobody and never will (RFC 1112 section 4); the ranges for documentation cannot take it, for a reader
of manifests passes those over. A public IPv6 address goes to 3fff::/16, the part of RFC 9637.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass
from functools import cache

_METADATA = ipaddress.ip_address("169.254.169.254")
_KEPT = tuple(map(ipaddress.ip_network, ("127.0.0.0/8", "0.0.0.0/8", "255.255.255.255/32", "::/127")))
_CLASSES = tuple(
    map(
        ipaddress.ip_network,
        (
            "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "224.0.0.0/4",
            "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15",
            "2001:db8::/32", "fe80::/10", "fd00::/8", "fc00::/8", "ff00::/8", "64:ff9b::/96", "::ffff:0:0/96",
        ),
    )
)  # fmt: skip
_PUBLIC_4, _PUBLIC_6 = ipaddress.ip_network("240.0.0.0/4"), ipaddress.ip_network("3fff::/16")
_TRIES = 64

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class _Class:
    """A range that an address stays in or moves to: its fixed first bits, and how many there are."""

    start: int
    fixed: int


class Addresses:
    """Notes addresses in the first pass, maps them in the second."""

    def __init__(self) -> None:
        self._noted: set[_Address] = set()
        self._key = b""
        self._seen: dict[tuple[_Address, int], str] = {}

    @property
    def noted(self) -> str:
        """All addresses so far, as one text."""
        return " ".join(map(str, sorted(self._noted, key=lambda one: (one.version, one))))

    def settle(self, key: bytes) -> None:
        """Fix the mapping; the first of several in which no address of the original comes back or two become one."""
        moving = [one for one in self._noted if not _is_kept(one)]
        for attempt in range(_TRIES):
            self._key = hashlib.sha256(key + bytes([attempt])).digest()
            _turned.cache_clear()
            got = {self._mapped(one) for one in moving}
            if len(got) == len(moving) and not got & self._noted:
                return

    def put(self, text: str, bits: str = "") -> str | None:
        """Return what stands for an address, with the length of its prefix where there is one.

        Args:
            text: The address, without brackets.
            bits: What stands behind the slash, or nothing.

        Returns:
            None where the text is no address.
        """
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return None
        wide = address.max_prefixlen
        length = int(bits) if bits.isdigit() and int(bits) <= wide else wide
        ending = f"/{bits}" if bits else ""
        if not self._key:
            self._noted.add(address)
            return text + ending
        known = self._seen.get((address, length))
        if known is None:
            known = self._seen[address, length] = self._shown(address, length)
        return known + ending

    def _shown(self, address: _Address, length: int) -> str:
        home = _class_of(address)
        if _is_kept(address) or length <= home.fixed:
            return str(address)
        mapped = self._mapped(address)
        host = (1 << (address.max_prefixlen - length)) - 1
        if not int(address) & host:  # the address of a range: its host bits stay zero
            return str(type(address)(int(mapped) & ~host))
        return str(mapped)

    def _mapped(self, address: _Address) -> _Address:
        home, wide, value = _class_of(address), address.max_prefixlen, int(address)
        if home.fixed == 96:  # an IPv4 address inside an IPv6 one
            inner = ipaddress.IPv4Address(value & 0xFFFFFFFF)
            return ipaddress.IPv6Address(home.start | int(inner if _is_kept(inner) else self._mapped(inner)))
        first = value >> (wide - home.fixed)
        found = home.start >> (wide - home.fixed)
        before = first | 1 << home.fixed  # a leading one keeps apart prefixes of different length
        for at in range(home.fixed, wide):
            bit = value >> (wide - 1 - at) & 1
            found = found << 1 | bit ^ _turned(self._key, wide, before)
            before = before << 1 | bit
        return type(address)(found)


@cache
def _turned(key: bytes, wide: int, before: int) -> int:
    """Say whether the bit behind these bits is turned."""
    return hashlib.blake2b(before.to_bytes(17, "big"), key=key, digest_size=1, person=bytes([wide])).digest()[0] & 1


def _is_kept(address: _Address) -> bool:
    return address == _METADATA or any(address in net for net in _KEPT if net.version == address.version)


def _class_of(address: _Address) -> _Class:
    for net in _CLASSES:
        if net.version == address.version and address in net:
            return _Class(int(net.network_address), net.prefixlen)
    public = _PUBLIC_4 if address.version == 4 else _PUBLIC_6
    return _Class(int(public.network_address), public.prefixlen)
