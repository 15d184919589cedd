"""One object to its anonymised form: which kind of text stands in which field."""

from __future__ import annotations

import re
from typing import Any

from planner.model.objects import Lines
from planner.sources.anonymise import vocabulary
from planner.sources.anonymise.texts import Texts

_LABEL_MAPS = frozenset(
    ("labels", "matchLabels", "nodeSelector", "selector", "annotations", "commonLabels", "extraLabels")
)
_QUANTITIES = frozenset(
    [
        "limits",
        "requests",
        "hard",
        "capacity",
        "allocatable",
        "min",
        "max",
        "default",
        "defaultRequest",
        "maxLimitRequestRatio",
        "sizeLimit",
        "used",
        "overhead",
    ]
)
_QUANTITY = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?:[numkMGTPE]|[KMGTPE]i)?")
_PATHS = frozenset(
    ("path", "mountPath", "subPath", "subPathExpr", "workingDir", "keyPath", "terminationMessagePath", "prefix")
)
_HOSTS = frozenset(
    [
        "host",
        "hosts",
        "hostname",
        "hostnames",
        "externalName",
        "dnsNames",
        "commonName",
        "sniHosts",
        "serverName",
        "subjectAltNames",
        "authority",
        "allowOrigins",
        "addresses",
        "ip",
        "ips",
        "podIP",
        "hostIP",
        "clusterIP",
        "clusterIPs",
        "externalIPs",
        "loadBalancerIP",
        "cidr",
        "cidrs",
        "nameservers",
        "searches",
        "loadBalancerSourceRanges",
        "endpoints",
    ]
)
_PORTS = frozenset(("port", "targetPort", "portName", "appProtocol"))
_GROUPS = frozenset(("group", "apiGroup", "apiGroups", "groups", "includedGroups"))
_RESOURCES = frozenset(("resources", "plural", "singular", "shortNames", "categories"))
_KINDS = frozenset(("kind", "listKind"))
_FILE_KEYS = frozenset(("configMapKeyRef", "secretKeyRef", "items", "fileKeyRef", "passwordSecretRef"))
_ROLES = ("cluster-admin", "admin", "edit", "view")
_SETTINGS = frozenset(("env", "httpHeaders", "headers", "parameters", "sysctls", "resource"))
_DEEPEST = 200


class Objects:
    """Anonymises raw objects and the mirrors of their line numbers."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def name(self, kind: str, text: str) -> str:
        """Anonymise the name of an object of a kind."""
        if kind == "CustomResourceDefinition" and "." in text:
            plural, _, group = text.partition(".")
            return f"{self._resource(plural)}.{self._texts.domain(group)}"
        if kind == "APIService" and "." in text:
            version, _, group = text.partition(".")
            return f"{self._texts.name(version)}.{self._texts.domain(group)}"
        if kind in ("ClusterRole", "Role"):
            role = next((role for role in _ROLES if text.startswith(role)), "")
            return role + (self._texts.name(text[len(role) :]) if len(text) > len(role) else "")
        return self._texts.name(text)

    def kind(self, text: str) -> str:
        """Anonymise a kind; the public ones stay."""
        return text if text in vocabulary.section("kinds") or text == "*" else self._texts.name(text)

    def version(self, text: str) -> str:
        """Anonymise an apiVersion."""
        group, slash, version = text.rpartition("/")
        return self._texts.domain(group) + slash + self._texts.name(version)

    def anonymised(self, raw: Any, lines: Lines) -> tuple[dict[str, Any], Lines]:
        """Return an object and the mirror of its lines."""
        value, mirror = self._map(dict(raw), lines, (str(raw.get("kind", "")),))
        return value, mirror

    def _value(self, value: Any, lines: Lines, path: tuple[str, ...]) -> tuple[Any, Lines]:
        if len(path) > _DEEPEST:
            return None, None
        if isinstance(value, dict):
            return self._map(value, lines, path)
        if isinstance(value, list):
            mirror = lines if isinstance(lines, list) and len(lines) == len(value) + 1 else None
            found = [self._value(item, mirror[at + 1] if mirror else None, path) for at, item in enumerate(value)]
            items = [item for item, _ in found]
            return items, (
                [mirror[0], *(line for _, line in found)]
                if mirror
                else lines
                if not isinstance(lines, list)
                else lines[0]
            )
        if isinstance(value, str):
            return self._text(value, path), lines
        if isinstance(value, int) and not isinstance(value, bool) and not _QUANTITIES.intersection(path):
            return self._texts.number(value), lines
        return value, lines

    def _map(self, value: dict[str, Any], lines: Lines, path: tuple[str, ...]) -> tuple[dict[str, Any], Lines]:
        found: dict[str, Any] = {}
        mirror: Lines = {"": lines.get("", 0)} if isinstance(lines, dict) else lines
        for key, child in value.items():
            named = self._field(key, path, child)
            below = lines.get(key) if isinstance(lines, dict) else None
            found[named], below = self._value(child, below, self._below(key, path, value))
            if isinstance(mirror, dict) and isinstance(lines, dict) and key in lines:
                mirror[named] = below
        return found, mirror

    def _below(self, key: str, path: tuple[str, ...], value: dict[str, Any]) -> tuple[str, ...]:
        """Extend a path; the values of an expression stand below the label that it asks for."""
        if key == "values" and isinstance(value.get("key"), str) and "operator" in value:
            return (*path, "labels", value["key"])
        return (*path, str(key))

    def _field(self, key: str, path: tuple[str, ...], child: Any) -> str:
        """Anonymise the key of a map: a label, a file, or the name of a field."""
        here = path[-1] if path else ""
        if _is_label_map(path):
            return self._texts.label_key(key)
        if path[0] in ("ConfigMap", "Secret") and here in ("data", "binaryData", "stringData"):
            return self._texts.key(key)
        if here in _QUANTITIES and not isinstance(child, dict):
            return self._resource_key(key)
        return key if key in vocabulary.FIELDS else self._texts.key(key)

    def _resource_key(self, key: str) -> str:
        words = re.split(r"([./])", key)
        plain = (
            vocabulary.section("extensions") | vocabulary.section("resources") | vocabulary.ANYWHERE | vocabulary.FIELDS
        )
        if all(word in plain or word in "./" for word in words) or "kubernetes.io" in key or "nvidia.com" in key:
            return key
        return self._texts.label_key(key) if "/" in key else self._texts.key(key)

    def _text(self, text: str, path: tuple[str, ...]) -> str:
        """Anonymise a text by the field that it stands in."""
        key, parent = path[-1], path[-2] if len(path) > 1 else ""
        if _is_label_map(path[:-1]):
            return self._labelled(text, annotation=parent == "annotations")
        if path[0] in ("ConfigMap", "Secret") and parent in ("data", "stringData"):
            return self._texts.text(text)
        if key in _KINDS:
            return self.kind(text)
        if key == "apiVersion":
            return self.version(text)
        if key == "name" or (key.endswith("Name") and key not in _HOSTS | _PORTS):
            return self._named(text, path, parent)
        if text in vocabulary.section("values"):
            return text
        return self._other(text, key, parent, path)

    def _other(self, text: str, key: str, parent: str, path: tuple[str, ...]) -> str:
        if key in _GROUPS:
            return self._texts.domain(text)
        if key in _RESOURCES:
            return "/".join(self._resource(part) for part in text.split("/"))
        if key.endswith(("image", "Image")):
            return self._texts.image(text)
        if key in _PORTS:
            return self._texts.port_name(text)
        if key in _HOSTS:
            return self._texts.hosts(text)
        if key in _PATHS:
            return self._texts.path(text)
        if key in ("key", "topologyKey", "labelSelectorPath"):
            return self._texts.key(text) if parent in _FILE_KEYS else self._texts.label_key(text)
        if _QUANTITIES.intersection(path) and _QUANTITY.fullmatch(text):
            return text
        if key.lower().endswith(("namespace", "namespaces")) or key == "resourceNames":
            return self._texts.name(text)
        return self._texts.text(text)

    def _labelled(self, text: str, *, annotation: bool) -> str:
        if annotation:
            return text if text in vocabulary.section("values") else self._texts.text(text)
        return text if text in vocabulary.section("label-values") or not text else self._texts.name(text)

    def _named(self, text: str, path: tuple[str, ...], parent: str) -> str:
        """Anonymise a name: of a port, of a variable, of a role, or of an object."""
        if path[-1] == "name" and parent in ("ports", "port", "servicePort", "containerPort"):
            return self._texts.port_name(text)
        if path[-1] == "name" and parent in _SETTINGS:
            return text if text in vocabulary.section("anywhere") else self._texts.key(text)
        if path[-1] == "ingressClassName" or path[-1] == "storageClassName":
            return self._texts.name(text)
        if parent == "roleRef":
            return self.name("ClusterRole", text)
        if parent == "metadata" and len(path) == 3:
            return self.name(path[0], text)
        return self._texts.name(text)

    def _resource(self, text: str) -> str:
        return text if text in vocabulary.section("resources") or text == "*" else self._texts.name(text)


def _is_label_map(path: tuple[str, ...]) -> bool:
    """Whether a map holds labels or annotations: a selector of a Service is one, that of a Deployment holds one."""
    here = path[-1] if path else ""
    return here in _LABEL_MAPS and (here != "selector" or path[0] in ("Service", "ReplicationController", "Workload"))
