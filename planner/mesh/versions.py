"""Versions of Istio and Kubernetes, and what each Istio minor goes with.

A rule that depends on a version asks `Version.at_least`, which looks at the release line and not at
the pre-release, because a release candidate already has the behaviour of its line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering

DEFAULT_ISTIO = "1.31"
"""Assumed where no Istio version was told or read."""

DEFAULT_KUBERNETES = "1.33"
"""Assumed where no Kubernetes version was told or read."""

PROMISED_ISTIO = ("1.31", "1.30", "1.29")
"""The newest three minors; anything else is best effort and the report says so."""

_VERSION = re.compile(r"v?([0-9]{1,4})\.([0-9]{1,4})(?:\.([0-9]{1,9}))?([-+][0-9A-Za-z.+_-]{0,100})?")
_PRE_RELEASE = re.compile(r"-(?:alpha|beta|rc|dev|pre|preview|snapshot)(?![a-z])", re.IGNORECASE)

_KUBERNETES_OF_ISTIO: dict[int, tuple[int, int, int]] = {
    31: (32, 36, 32),
    30: (32, 36, 32),
    29: (31, 35, 30),
    28: (30, 34, 30),
    27: (29, 33, 29),
    26: (29, 33, 29),
    25: (29, 32, 29),
    24: (28, 31, 28),
    23: (27, 30, 26),
    22: (27, 30, 26),
    21: (26, 29, 26),
    20: (25, 29, 25),
    19: (25, 28, 25),
    18: (24, 27, 24),
}
"""Istio minor to lowest and highest announced Kubernetes minor, and the minimum `istioctl x precheck` asks for.

Source: istio.io data/compatibility/supportStatus.yml and news/releases; istio/istio
istioctl/pkg/install/k8sversion/version.go on each release branch.
Unverified: the ranges of 1.23 to 1.28, which come from second-hand tables, and the minimum of 1.19; use them for
advice, not for a refusal.
"""


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """A release such as `1.31`, `1.31.2`, `v1.33.1+k3s1` or `1.30-alpha`.

    Attributes:
        major: First number.
        minor: Second number.
        patch: Third number, 0 where the text gives none.
        suffix: What follows, with its separator: a pre-release (`-rc.0`) or a vendor's build (`+k3s1`, `-gke.1`).
    """

    major: int
    minor: int
    patch: int = 0
    suffix: str = ""

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read a version as tools print it; a leading `v` and a trailing `+` (some clouds) are accepted.

        Raises:
            ValueError: The text does not start with two numbers, or goes on with something else.
        """
        match = _VERSION.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"not a version: {text[:60]!r} (expected numbers such as 1.31 or 1.31.2)")
        major, minor, patch, suffix = match.groups()
        return cls(int(major), int(minor), int(patch or 0), suffix or "")

    def __str__(self) -> str:
        patch = f".{self.patch}" if self.patch else ""
        return f"{self.major}.{self.minor}{patch}{self.suffix}"

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Version):
            return NotImplemented
        return self._key() < other._key()

    @property
    def is_prerelease(self) -> bool:
        """True for an alpha, beta, release candidate or development build; a vendor's build is final."""
        return _PRE_RELEASE.match(self.suffix) is not None

    @property
    def line(self) -> str:
        """The release line, such as `1.31`."""
        return f"{self.major}.{self.minor}"

    def at_least(self, major: int, minor: int, patch: int = 0) -> bool:
        """Tell whether this release has what came with the given one; a pre-release counts as its release."""
        return (self.major, self.minor, self.patch) >= (major, minor, patch)

    def _key(self) -> tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...], str]:
        parts = re.findall(r"[0-9]+|[^0-9]+", self.suffix)
        # Digits are compared as numbers, so that rc.10 comes after rc.2.
        natural = tuple((not p.isdigit(), int(p) if p.isdigit() else 0, p) for p in parts)
        return self.major, self.minor, self.patch, not self.is_prerelease, natural, self.suffix


def is_promised(istio: Version) -> bool:
    """Tell whether meshplan promises its answers for this Istio, rather than giving them as best effort."""
    return istio.line in PROMISED_ISTIO


def networking_api_version(istio: Version) -> str:
    """Give the `apiVersion` to render for VirtualService, DestinationRule, ServiceEntry, Gateway and Sidecar.

    Source: istio/istio manifests/charts/base crd-all.gen.yaml per branch.
    """
    return f"networking.istio.io/{_served(istio)}"


def security_api_version(istio: Version) -> str:
    """Give the `apiVersion` to render for PeerAuthentication and AuthorizationPolicy.

    Source: istio/istio manifests/charts/base crd-all.gen.yaml per branch.
    """
    return f"security.istio.io/{_served(istio)}"


def supported_kubernetes(istio: Version) -> tuple[Version, Version] | None:
    """Give the lowest and highest Kubernetes minor announced for this Istio, or None where it is not known."""
    row = _KUBERNETES_OF_ISTIO.get(istio.minor) if istio.major == 1 else None
    return None if row is None else (Version(1, row[0]), Version(1, row[1]))


def minimum_kubernetes(istio: Version) -> Version | None:
    """Give the Kubernetes minor below which `istioctl x precheck` refuses this Istio, or None where not known."""
    row = _KUBERNETES_OF_ISTIO.get(istio.minor) if istio.major == 1 else None
    return None if row is None else Version(1, row[2])


def _served(istio: Version) -> str:
    return "v1" if istio.at_least(1, 22) else "v1beta1"
