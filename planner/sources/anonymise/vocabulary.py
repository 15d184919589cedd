"""Public words, which stay when a snapshot is anonymised, and the places in which each of them stays.

The words of `mesh` that say what a product speaks are taken from there; field names of Kubernetes and Istio are in
`fields.txt`, all others in `words.txt`, both written once from the public APIs and from what the readers look for. A
word that the analysis looks for and that is missing here shows as a changed plan in the tests, never as a leaked name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from planner.mesh.well_known_tables import EDITIONS, IMAGES, NAMES, NOT_A_SERVER, SCHEME_PORTS, SCHEMES

_PARTS = re.compile(r"[^\W_]+")


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def _sections() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    here = set[str]()
    for line in _read("words.txt").splitlines():
        if line.startswith("["):
            here = found.setdefault(line.strip("[]"), set())
        elif not line.startswith("#"):
            here.update(line.split())
    return {name: frozenset(words) for name, words in found.items()}


def _cut(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(part for text in texts for part in _PARTS.findall(text.lower()))


def section(name: str) -> frozenset[str]:
    """Return the words of one section of `words.txt`."""
    return _sections()[name]


FIELDS = frozenset(_read("fields.txt").split())
"""Names of fields, whole and as written: they stay as keys of an object, nowhere else."""

ANYWHERE = section("anywhere")
"""Words that say nothing of an installation: protocols, switches, units. They stay in every text, not in names."""

PRODUCTS = section("products") | _cut([*IMAGES, *NAMES, *SCHEMES, *NOT_A_SERVER, *EDITIONS])
"""Names of public products and what goes with them: in images, port names, schemes and keys, not in names or hosts."""

TEXT = ANYWHERE | section("keys")
"""What stays in running text."""

KEYS = TEXT | PRODUCTS
"""What stays in names of settings, variables and files."""

PORT_NAMES = ANYWHERE | _cut([*NAMES])
"""What stays in the name of a port."""

IMAGE = ANYWHERE | PRODUCTS

NOTES = TEXT | section("notes")
"""What stays in the messages of meshplan itself."""

DOMAINS = section("domains")
LABELS = section("labels")
SCHEME_NAMES = frozenset((*SCHEME_PORTS, *SCHEMES)) | frozenset(
    [
        "jdbc",
        "r2dbc",
        "file",
        "classpath",
        "unix",
        "s3",
        "s3a",
        "s3n",
        "gs",
        "gcs",
        "jar",
        "data",
        "spiffe",
        "urn",
        "docker",
        "docker-daemon",
        "docker-archive",
        "containerd",
        "secret",
        "env",
        "template",
        "chrome-extension",
        "android",
        "about",
        "tel",
        "arn",
        "abfs",
        "abfss",
        "wasb",
        "wasbs",
        "azblob",
        "azure",
        "oci",
        "oci-layout",
        "configmap",
        "k8s",
        "vault",
        "ref",
        "memory",
        "mem",
        "inmemory",
        "in-memory",
        "local",
        "noop",
        "mock",
        "static",
        "null",
        "stub",
        "fd",
        "npipe",
        "sqlite",
        "sqlite3",
        "resource",
        "view",
        "redirect",
        "forward",
        "kubernetes",
        "passthrough",
        "xds",
        "dns",
        "thin",
        "pool",
        "tc",
        "tracing",
        "exec",
        "plaintext",
        "sasl_ssl",
        "sasl_plaintext",
        "internal",
        "outside",
        "inside",
        "external",
        "controller",
    ]
)

EVERY_WORD = (
    KEYS
    | NOTES
    | frozenset(_sections()["host-ends"])
    | _cut([*FIELDS, *(w for words in _sections().values() for w in words)])
)
"""Every public word; no pseudonym is one of them."""


def is_public_domain(text: str) -> bool:
    """Whether a domain is one of the public ones, or below one."""
    return any(text == domain or text.endswith(f".{domain}") for domain in DOMAINS)
