"""What the user said, from `meshplan.yaml` and flags; checked once, then frozen."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from planner.errors import ConfigError
from planner.model.fields import dig
from planner.model.plan import NamespaceClass

DEFAULT_ISTIO, DEFAULT_KUBERNETES = "1.31", "1.33"
OUTBOUND_POLICIES = ("ALLOW_ANY", "REGISTRY_ONLY")


@dataclass(frozen=True, slots=True)
class DeclaredFlow:
    """A flow that the user knows of and no manifest shows; `source` and `target` as in `docs/glossary.md`."""

    source: str
    target: str
    port: int | None = None
    protocol: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pin:
    """A unit that must stand in one phase, not before one, or not after one (phases counted from 1)."""

    namespace: str
    phase: int | None = None
    not_before: int | None = None
    not_after: int | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that may be said; what was not said is None or empty and becomes an assumption.

    Attributes:
        istio_version: Target version, None where nobody said.
        kubernetes_version: Version of the API server and the nodes.
        revision: Istio revision or tag that the label names; None for `istio-injection=enabled`.
        root_namespace: Namespace of the mesh-wide objects.
        outbound_policy: Mesh-wide outbound traffic policy, `ALLOW_ANY` or `REGISTRY_ONLY`.
        cni: Whether Istio's CNI plugin is installed.
        native_sidecars: Whether proxies run as native sidecars; None lets the versions decide.
        cluster_domain: DNS domain of the cluster.
        classes: Class of a namespace where the user says it.
        owners: Owner of a namespace where the user says it.
        owner_label: Namespace label that names the owner.
        max_namespaces: Largest number of namespaces in a phase; 0 lets meshplan choose.
        max_workloads: Largest number of workloads in a phase; 0 for no limit.
        pins: See `Pin`.
        excluded: Namespaces that stay out, with the reason.
        groups: Sets of namespaces that move together.
        join_edge: Ingress namespaces that join.
        flows: See `DeclaredFlow`.
        accept: Ids of flows that may break, by the user's own word.
        only: Only these namespaces are looked at; empty for all.
        skip: These namespaces are not looked at.
        templates: Folder whose templates are used before meshplan's own.
        seed: Seed of everything random.
        include: Further kinds to read from a live cluster, as `plural.group`, or `all` for every custom kind.
        timeout: Seconds after which a request to a live cluster is given up, retries included.
        file: Configuration file that was read, or an empty string.
    """

    istio_version: str | None = None
    kubernetes_version: str | None = None
    revision: str | None = None
    root_namespace: str = "istio-system"
    outbound_policy: str | None = None
    cni: bool | None = None
    native_sidecars: bool | None = None
    cluster_domain: str | None = None
    classes: Mapping[str, NamespaceClass] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    owner_label: str = ""
    max_namespaces: int = 0
    max_workloads: int = 0
    pins: tuple[Pin, ...] = ()
    excluded: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[tuple[str, ...], ...] = ()
    join_edge: tuple[str, ...] = ()
    flows: tuple[DeclaredFlow, ...] = ()
    accept: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    templates: str = ""
    seed: int = 0
    include: tuple[str, ...] = ()
    timeout: int = 60
    file: str = ""

    def with_flags(self, **flags: Any) -> Settings:
        """Lay flags over the file; a flag that was not given (None, empty) changes nothing."""
        given = {name: value for name, value in flags.items() if value not in (None, "", (), [])}
        settings = replace(self, **given)
        _check_policy(settings.outbound_policy, "--outbound-policy")
        return settings


_KEYS: Mapping[str, tuple[str, ...]] = {
    "": (
        "istio", "kubernetes", "clusterDomain", "outboundTrafficPolicy", "namespaces", "plan", "flows", "templates",
        "seed", "cluster",
    ),
    "cluster": ("include", "timeoutSeconds"),
    "istio": ("version", "revision", "rootNamespace", "cni", "nativeSidecars"),
    "kubernetes": ("version",),
    "plan": (
        "maxNamespacesPerPhase", "maxWorkloadsPerPhase", "pins", "exclude", "groups", "joinEdge", "ownerLabel",
        "accept",
    ),
}  # fmt: skip
_NAMESPACE_KEYS = ("class", "owner")
_FLOW_KEYS = ("from", "to", "port", "protocol", "note")
_PIN_KEYS = ("namespace", "phase", "notBefore", "notAfter")


def from_document(value: Any, file: str) -> Settings:
    """Check a parsed `meshplan.yaml` and build the settings.

    Args:
        value: The parsed document; None for an empty file.
        file: Its path, for messages.

    Raises:
        ConfigError: A key is unknown or a value is of the wrong kind; names file and key.
    """
    read = _Reader(value if value is not None else {}, file)
    for section, known in _KEYS.items():
        read.known_keys(section, known)
    classes, owners = read.namespaces()
    policy = read.text("outboundTrafficPolicy")
    _check_policy(policy, f"{file}: outboundTrafficPolicy")
    return Settings(
        istio_version=read.text("istio", "version"),
        kubernetes_version=read.text("kubernetes", "version"),
        revision=read.text("istio", "revision"),
        root_namespace=read.text("istio", "rootNamespace") or "istio-system",
        outbound_policy=policy,
        cni=read.flag("istio", "cni"),
        native_sidecars=read.flag("istio", "nativeSidecars"),
        cluster_domain=read.text("clusterDomain"),
        classes=classes,
        owners=owners,
        owner_label=read.text("plan", "ownerLabel") or "",
        max_namespaces=read.number("plan", "maxNamespacesPerPhase") or 0,
        max_workloads=read.number("plan", "maxWorkloadsPerPhase") or 0,
        pins=read.pins(),
        excluded=read.excluded(),
        groups=tuple(tuple(read.names(group, "plan.groups")) for group in read.items("plan", "groups")),
        join_edge=tuple(read.names(dig(read.root, "plan", "joinEdge") or [], "plan.joinEdge")),
        flows=read.flows(),
        accept=tuple(read.names(dig(read.root, "plan", "accept") or [], "plan.accept", "ids of flows")),
        templates=read.text("templates") or "",
        seed=read.number("seed") or 0,
        include=tuple(read.names(dig(read.root, "cluster", "include") or [], "cluster.include", "kinds")),
        timeout=read.number("cluster", "timeoutSeconds") or 60,
        file=file,
    )


def _check_policy(policy: str | None, where: str) -> None:
    if policy is not None and policy not in OUTBOUND_POLICIES:
        raise ConfigError(f"{where}: {policy!r} is not one of {', '.join(OUTBOUND_POLICIES)}", slug="config")


class _Reader:
    """Typed access to the document; every fault names its key."""

    def __init__(self, root: Any, file: str) -> None:
        self.file = file
        if not isinstance(root, Mapping):
            raise self.fault("", "holds no mapping", "start with `plan:` or `istio:`; see docs/formats.md")
        self.root = root

    def fault(self, key: str, what: str, hint: str = "") -> ConfigError:
        place = f"{self.file}: {key}" if key else self.file
        return ConfigError(f"{place}: {what}", hint, "config")

    def known_keys(self, section: str, known: tuple[str, ...], value: Any = None) -> None:
        """Refuse keys that nobody reads, naming the nearest known one."""
        if value is None:
            value = self.root if not section else dig(self.root, section)
        if value is None:
            return
        if not isinstance(value, Mapping):
            raise self.fault(section, "must be a mapping")
        for key in value:
            if key not in known:
                near = difflib.get_close_matches(str(key), known, n=1)
                hint = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(known)}"
                raise self.fault(f"{section}.{key}".lstrip("."), "unknown key", hint)

    def _typed(self, wanted: type, what: str, path: tuple[str, ...], root: Any = None) -> Any:
        value = dig(self.root if root is None else root, *path)
        if value is None:
            return None
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise self.fault(".".join(path), f"must be {what}, not {value!r}", 'quote versions: version: "1.31"')
        return value

    def text(self, *path: str, root: Any = None) -> str | None:
        value: str | None = self._typed(str, "text", path, root)
        return value

    def number(self, *path: str, root: Any = None) -> int | None:
        value: int | None = self._typed(int, "a whole number", path, root)
        if value is not None and value < 0:
            raise self.fault(".".join(path), "must not be negative")
        return value

    def flag(self, *path: str) -> bool | None:
        value: bool | None = self._typed(bool, "true or false", path)
        return value

    def items(self, *path: str) -> list[Any]:
        value: list[Any] = self._typed(list, "a list", path) or []
        return value

    def names(self, value: Any, key: str, what: str = "namespace names") -> list[str]:
        if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
            raise self.fault(key, f"must be a list of {what}")
        return value

    def _mappings(self, path: tuple[str, ...], known: tuple[str, ...]) -> list[tuple[str, Mapping[str, Any]]]:
        found = []
        for index, item in enumerate(self.items(*path)):
            key = f"{'.'.join(path)}[{index}]"
            if not isinstance(item, Mapping):
                raise self.fault(key, f"must be a mapping with {', '.join(known)}")
            self.known_keys(key, known, item)
            found.append((key, item))
        return found

    def _required(self, key: str, item: Mapping[str, Any], name: str) -> str:
        value = item.get(name)
        if not isinstance(value, str) or not value:
            raise self.fault(f"{key}.{name}", "is required and must be text")
        return value

    def namespaces(self) -> tuple[dict[str, NamespaceClass], dict[str, str]]:
        classes: dict[str, NamespaceClass] = {}
        owners: dict[str, str] = {}
        for name, item in (self._typed(Mapping, "a mapping", ("namespaces",)) or {}).items():
            self.known_keys(f"namespaces.{name}", _NAMESPACE_KEYS, item)
            kind, owner = self.text("class", root=item), self.text("owner", root=item)
            if kind is not None:
                if kind not in list(NamespaceClass):
                    raise self.fault(f"namespaces.{name}.class", f"{kind!r} is not one of {', '.join(NamespaceClass)}")
                classes[name] = NamespaceClass(kind)
            if owner:
                owners[name] = owner
        return classes, owners

    def pins(self) -> tuple[Pin, ...]:
        pins: list[Pin] = []
        for key, item in self._mappings(("plan", "pins"), _PIN_KEYS):
            bounds = [self.number(name, root=item) for name in ("phase", "notBefore", "notAfter")]
            if all(bound is None for bound in bounds) or 0 in bounds:
                raise self.fault(key, "needs phase, notBefore or notAfter, counted from 1")
            exact, low, high = bounds
            if (low or 1) > (high or low or 1) or (exact and not (low or exact) <= exact <= (high or exact)):
                raise self.fault(key, "can never hold: no phase is inside its bounds")
            pin = Pin(self._required(key, item, "namespace"), *bounds)
            if any(other.namespace == pin.namespace for other in pins):
                raise self.fault(key, f"pins {pin.namespace} a second time", "say it in one entry")
            pins.append(pin)
        return tuple(pins)

    def excluded(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for index, item in enumerate(self.items("plan", "exclude")):
            if isinstance(item, str):
                found[item] = "excluded by the configuration"
                continue
            key = f"plan.exclude[{index}]"
            self.known_keys(key, ("namespace", "reason"), item)
            found[self._required(key, item, "namespace")] = (
                self.text("reason", root=item) or "excluded by the configuration"
            )
        return found

    def flows(self) -> tuple[DeclaredFlow, ...]:
        return tuple(
            DeclaredFlow(
                source=self._required(key, item, "from"),
                target=self._required(key, item, "to"),
                port=self.number("port", root=item),
                protocol=self.text("protocol", root=item) or "",
                note=self.text("note", root=item) or "",
            )
            for key, item in self._mappings(("flows",), _FLOW_KEYS)
        )
