"""Loads folders of manifests into a control plane, as their owners do: by client-side `kubectl apply`."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.api import Resource
from tests.cluster.control_plane import ControlPlane

Raw = dict[str, Any]
_FILE = re.compile(r'"[^"]*?(\d{5})\.json"')
_CLUSTER_KINDS = ("GatewayClass",)
OLD_API, INVALID, STRICT, ADMISSION, OTHER = "old-api", "invalid", "unknown-field", "admission", "other"


@dataclass(frozen=True, slots=True)
class Refused:
    """An object that the server did not take.

    Attributes:
        subject: `Deployment shop/cart`.
        reason: Class of the reason, one of this module's constants.
        said: The server's words.
    """

    subject: str
    reason: str
    said: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a folder.

    Attributes:
        applied: Number of documents that the server took.
        refused: What it did not take.
        left_out: Objects that were not tried, because nothing would answer at their address and the server would
            then refuse other requests: webhooks with `failurePolicy: Fail`, APIServices.
        made_up: Kinds that got a permissive definition, because the input uses and does not define them.
    """

    applied: int
    refused: tuple[Refused, ...]
    left_out: tuple[str, ...]
    made_up: tuple[str, ...]


def documents(folder: Path) -> Iterator[Raw]:
    """Read every object of every file, lists unfolded."""
    for path in sorted(p for p in folder.rglob("*") if p.suffix in (".yaml", ".yml", ".json")):
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            yield from _unfolded(document)


def _unfolded(document: Any) -> Iterator[Raw]:
    if not isinstance(document, dict) or "kind" not in document:
        return
    if document["kind"].endswith("List") and isinstance(document.get("items"), list):
        whole = {"apiVersion": document.get("apiVersion"), "kind": document["kind"].removesuffix("List")}
        for item in document["items"]:
            yield from _unfolded((whole | item) if whole["kind"] else item)
    else:
        yield document


def load(plane: ControlPlane, folder: Path, namespace: str = "default") -> Loaded:
    """Load a folder: definitions and namespaces first, then everything else in the order of the files.

    Args:
        plane: Where to.
        folder: Manifests.
        namespace: Of objects that name none.
    """
    crd_files = sorted((plane.assets / "crds").glob("*.yaml"))
    mesh = [d for path in crd_files for d in yaml.safe_load_all(path.read_text(encoding="utf-8")) if d]
    every = list(documents(folder))
    left_out = [raw for raw in every if _blocks_others(raw)]
    kept = [raw for raw in every if not _blocks_others(raw)]
    given = [_opened(raw) for raw in kept if raw["kind"] == "CustomResourceDefinition"]
    own = {crd["metadata"]["name"] for crd in given}
    defined = [*(crd for crd in mesh if crd["metadata"]["name"] not in own), *given]
    refused = _apply(plane, defined)
    _established(plane)
    made_up = _definitions(_missing(kept, defined, plane))
    refused += _apply(plane, made_up)
    _established(plane)
    kinds = {(r.group, r.kind): r for r in _resources(plane)}
    placed = [_placed(raw, kinds, namespace) for raw in kept if raw["kind"] != "CustomResourceDefinition"]
    spaces = [raw for raw in placed if raw["kind"] == "Namespace"]
    refused += _apply(plane, [*_undeclared(placed, spaces), *spaces])
    refused += _apply(plane, [raw for raw in placed if raw["kind"] != "Namespace"])
    names = tuple(sorted(f"{crd['spec']['group']}/{crd['spec']['names']['kind']}" for crd in made_up))
    return Loaded(len(kept) - len(refused), tuple(refused), tuple(sorted(map(subject, left_out))), names)


def subject(raw: Raw) -> str:
    """Name an object in messages."""
    meta = raw.get("metadata") or {}
    return f"{raw['kind']} {'/'.join(filter(None, (meta.get('namespace'), meta.get('name'))))}"


def _blocks_others(raw: Raw) -> bool:
    if raw["kind"] == "APIService":
        return True
    hooks = raw.get("webhooks") or () if raw["kind"].endswith("WebhookConfiguration") else ()
    return any(hook.get("failurePolicy", "Fail") == "Fail" for hook in hooks)


def _opened(crd: Raw) -> Raw:
    """Let a definition keep fields that its schema does not name: the corpora have emptied theirs."""
    copy: Raw = json.loads(json.dumps(crd, default=str))
    copy["spec"].pop("conversion", None)  # by a webhook that is not there
    for version in copy["spec"].get("versions") or ():
        version["schema"] = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return copy


def _established(plane: ControlPlane) -> None:
    plane.kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")


def _group(raw: Raw) -> str:
    return str(raw["apiVersion"]).rpartition("/")[0]


def _resources(plane: ControlPlane) -> tuple[Resource, ...]:
    api = plane.api()
    try:
        return api.resources()
    finally:
        api.close()


def _missing(kept: Iterable[Raw], defined: Iterable[Raw], plane: ControlPlane) -> dict[tuple[str, str], set[str]]:
    """Find custom kinds that nobody defines, with their versions."""
    groups = {resource.group for resource in _resources(plane)}
    known = {(crd["spec"]["group"], crd["spec"]["names"]["kind"]) for crd in defined}
    custom = {group for group, _ in known}
    found: dict[tuple[str, str], set[str]] = {}
    for raw in kept:
        group, kind = _group(raw), raw["kind"]
        ours = "." in group and not group.endswith(".k8s.io")
        if ours and (group not in groups or group in custom) and (group, kind) not in known:
            found.setdefault((group, kind), set()).add(str(raw["apiVersion"]).rpartition("/")[2])
    return found


def _definitions(missing: dict[tuple[str, str], set[str]]) -> list[Raw]:
    return [_definition(group, kind, sorted(versions)) for (group, kind), versions in sorted(missing.items())]


def _definition(group: str, kind: str, versions: list[str]) -> Raw:
    low = kind.lower()
    plural = f"{low}es" if low.endswith(("s", "x", "ch")) else f"{low[:-1]}ies" if low.endswith("cy") else f"{low}s"
    scope = "Cluster" if kind.startswith("Cluster") or kind in _CLUSTER_KINDS else "Namespaced"
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    listed = [{"name": v, "served": True, "storage": v == versions[-1], "schema": schema} for v in versions]
    names = {"plural": plural, "singular": low, "kind": kind, "listKind": f"{kind}List"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{plural}.{group}",
            "annotations": {"api-approved.kubernetes.io": "unapproved, only for tests"},
        },
        "spec": {"group": group, "scope": scope, "names": names, "versions": listed},
    }


def _placed(raw: Raw, kinds: dict[tuple[str, str], Resource], namespace: str) -> Raw:
    resource = kinds.get((_group(raw), raw["kind"]))
    meta = raw.get("metadata") or {}
    if resource and resource.namespaced and not meta.get("namespace"):
        return raw | {"metadata": meta | {"namespace": namespace}}
    return raw


def _undeclared(placed: Iterable[Raw], spaces: Iterable[Raw]) -> list[Raw]:
    used = {(raw.get("metadata") or {}).get("namespace") for raw in placed}
    there = {raw["metadata"]["name"] for raw in spaces} | {"default", "kube-system", "kube-public", None}
    return [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in sorted(used - there)]


def _apply(plane: ControlPlane, objects: list[Raw]) -> list[Refused]:
    """Apply objects, one file for each, so that an error can be told to belong to one."""
    if not objects:
        return []
    with tempfile.TemporaryDirectory(dir=plane.home) as name:
        for number, raw in enumerate(objects):
            (Path(name) / f"{number:05d}.json").write_text(json.dumps(raw, default=str))
        ran = plane.kubectl("apply", "-f", name, check=False)
    lines = [line for line in ran.stderr.splitlines() if not line.startswith("Warning:")]
    found: dict[int, list[str]] = {}
    here: list[str] = []
    for line in lines:
        match = _FILE.search(line)
        if match:
            here = found.setdefault(int(match[1]), [])
        here.append(line)
    assert bool(found) == bool(ran.returncode), ran.stderr
    return [
        Refused(subject(objects[number]), _class("\n".join(said)), "\n".join(said)) for number, said in found.items()
    ]


def _class(said: str) -> str:
    for word, reason in (
        ("no matches for kind", OLD_API), ("strict decoding error", STRICT), ("(Invalid)", INVALID),
        ("is invalid", INVALID), ("(Forbidden)", ADMISSION), ("admission", ADMISSION),
    ):  # fmt: skip
        if word in said:
            return reason
    return OTHER
