"""A live cluster gives the same plan as the manifests that were applied to it; what differs is listed and explained."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from planner import pipeline
from planner.model.finding import Outcome
from planner.model.note import NoteKind
from planner.model.objects import KubeObject
from planner.model.snapshot import Snapshot
from planner.pipeline.run import Run
from planner.settings import Settings
from planner.sources.read import read
from tests.cluster.control_plane import ControlPlane
from tests.cluster.loading import Loaded, load
from tests.cluster.test_scripts import _cases as cases
from tests.unit.sources.test_secrets import LEAKS, X
from tests.unit.sources.test_secrets import _manifest as secrets_in_texts

BY_SERVER: dict[str, str] = {
    r"MP405:": "the server has kinds and objects of its own, where the files had none of a kind",
    r"[A-Z0-9]+:Namespace/kube-": "the server makes namespaces of its own",
    r"MP210:Service/.*#55555$": "`targetPort: 0` in a file: the server sets it to the port when the Service is created",
}
"""Findings that differ between what was written and what the server made of it, with the reason."""


def _run(sources: list[str], namespace: str = "default") -> Run:
    return pipeline.start(sources, Settings(), namespace, lambda *_: None)


def _as_loaded(snapshot: Snapshot, loaded: Loaded, live: Snapshot) -> Snapshot:
    """Take away from the files what never came into the cluster, and Secrets, which are not asked for."""
    absent = {refused.subject for refused in loaded.refused} | set(loaded.left_out)

    def there(obj: KubeObject) -> bool:
        words = {f"{obj.ref.kind} {obj.ref.text}", f"{obj.ref.kind} {obj.ref.name}"}
        return obj.ref.kind != "Secret" and not words & absent

    objects = tuple(map(_without_conversion, filter(there, snapshot.objects)))
    return replace(
        snapshot, objects=objects, listed=live.listed,
        kubernetes_version=live.kubernetes_version,
    )  # fmt: skip


def _without_conversion(obj: KubeObject) -> KubeObject:
    """Drop what `loading` drops: nothing would answer at the address of a conversion webhook."""
    if obj.ref.kind != "CustomResourceDefinition":
        return obj
    spec = {key: value for key, value in obj.raw["spec"].items() if key != "conversion"}
    return replace(obj, raw={**obj.raw, "spec": spec})


def _flows(run: Run) -> dict[str, tuple[Any, ...]]:
    return {f.id: (f.protocol, f.declared, str(f.boundary), tuple(map(str, f.to_workloads))) for f in run.graph.flows}


def _findings(run: Run) -> dict[str, tuple[str, str]]:
    return {f.id: (str(f.outcome), str(f.severity)) for f in run.findings}


def _order(run: Run) -> list[tuple[str, ...]]:
    return [tuple(sorted(unit.name for unit in phase.units)) for phase in run.order.phases]


@pytest.mark.parametrize(("manifests", "namespace"), cases())
def test_live_and_files_agree(
    fresh_control_plane: ControlPlane, monkeypatch: pytest.MonkeyPatch, manifests: Path, namespace: str
) -> None:
    plane = fresh_control_plane
    loaded = load(plane, manifests, namespace)
    monkeypatch.setenv("KUBECONFIG", str(plane.kubeconfig))
    live = _run(["cluster"])
    files = _run([str(manifests)], namespace)
    files = Run(_as_loaded(files.snapshot, loaded, live.snapshot), files.settings)
    assert not live.snapshot.partial

    kinds = set(live.snapshot.listed)
    ours = {obj.ref for obj in files.snapshot.objects if obj.ref.kind in kinds}
    assert ours <= {obj.ref for obj in live.snapshot.objects}

    assert _flows(live) == _flows(files)
    theirs = {key: value for key, value in _findings(live).items() if not _of_server(key)}
    assert theirs == {key: value for key, value in _findings(files).items() if not _of_server(key)}
    assert _order(live) == _order(files)
    words = f"{len(ours)} objects compared, {len(live.graph.flows)} flows, {len(theirs)} findings"
    print(f"{manifests.parent.name}: {words}")  # noqa: T201


def _of_server(finding: str) -> bool:
    return any(re.match(pattern, finding) for pattern in BY_SERVER)


def test_replay_gives_the_same_bytes(
    fresh_control_plane: ControlPlane, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plane = fresh_control_plane
    load(plane, _bank())
    monkeypatch.setenv("KUBECONFIG", str(plane.kubeconfig))
    run = _run(["cluster"])
    saved = tmp_path / "snapshot.json"
    pipeline.save(saved, pipeline.snapshot_text(run))
    pipeline.produce(run, tmp_path / "live", lambda *_: None)
    pipeline.produce(_run([str(saved)]), tmp_path / "replayed", lambda *_: None)
    names = sorted(p.relative_to(tmp_path / "live") for p in (tmp_path / "live").rglob("*") if p.is_file())
    assert names == sorted(
        p.relative_to(tmp_path / "replayed") for p in (tmp_path / "replayed").rglob("*") if p.is_file()
    )
    for name in names:
        one, other = (tmp_path / folder / name for folder in ("live", "replayed"))
        assert one.read_text().replace(str(tmp_path / "live"), "") == other.read_text().replace(
            str(tmp_path / "replayed"), ""
        ), name


def _files(folder: Path) -> list[Path]:
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def _bank() -> Path:
    found: Path = next(case.values[0] for case in cases() if case.id == "bank")
    return found


def test_no_secret_value_is_asked_for_or_kept(
    fresh_control_plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    plane = fresh_control_plane
    plane.apply({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "default"},
        "stringData": {"password": "hunter2hunter2"},
    })  # fmt: skip
    monkeypatch.setenv("KUBECONFIG", str(plane.kubeconfig))
    assert not [o for o in read(["cluster"], wanted=_wanted()).objects if o.ref.kind == "Secret"]
    snapshot = read(["cluster"], wanted=_wanted("secrets"))
    (secret,) = (o for o in snapshot.objects if o.ref.kind == "Secret")
    assert secret.ref.name == "db" and "data" not in secret.raw and "stringData" not in secret.raw
    assert "hunter2" not in str([o.raw for o in snapshot.objects])


def test_no_secret_in_a_text_of_a_live_object_is_kept(
    fresh_control_plane: ControlPlane, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The files are masked before they are parsed too; here only what happens to each object protects."""
    plane = fresh_control_plane
    for item in yaml.safe_load_all(secrets_in_texts(LEAKS)):
        item["metadata"]["namespace"] = "default"
        if item["kind"] == "Deployment":
            item["spec"]["selector"] = {"matchLabels": {"a": "b"}}
            item["spec"]["template"]["metadata"] = {"labels": {"a": "b"}}
            item["spec"]["template"]["spec"]["containers"][0]["livenessProbe"]["httpGet"]["path"] = "/"
        plane.apply(item)
    monkeypatch.setenv("KUBECONFIG", str(plane.kubeconfig))
    run = _run(["cluster"])
    assert run.snapshot.inventory.get("Deployment", "default", "d") and len(run.graph.flows) > 5
    assert X not in pipeline.snapshot_text(run)
    pipeline.produce(run, tmp_path / "out", lambda *_: None)
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file() and X in path.read_text()]


def _wanted(*include: str) -> Any:
    from planner.pipeline.kinds import declared_kinds
    from planner.sources.cluster.read import Wanted

    return Wanted(declared_kinds(), frozenset(include))


def test_proposed_files_are_laid_over_live_state(
    fresh_control_plane: ControlPlane, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plane = fresh_control_plane
    service = {
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "cart", "namespace": "default", "labels": {"a": "b"}},
        "spec": {"selector": {"app": "cart"}, "ports": [{"port": 80}]},
    }  # fmt: skip
    plane.apply(service)
    (tmp_path / "new.yaml").write_text(
        "apiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: default}\n"
        "spec: {selector: {app: cart}, ports: [{port: 80, name: http}]}\n---\n"
        "apiVersion: v1\nkind: Service\nmetadata: {name: extra, namespace: default}\n"
        "spec: {selector: {app: extra}, ports: [{port: 81}]}\n"
    )
    monkeypatch.setenv("KUBECONFIG", str(plane.kubeconfig))
    snapshot = read(["cluster", str(tmp_path)], wanted=_wanted())
    cart = snapshot.inventory.get("Service", "default", "cart")
    assert cart is not None and cart.raw["spec"]["ports"] == [{"port": 80, "name": "http"}]
    assert cart.labels == {"a": "b"} and cart.raw["spec"]["clusterIP"]
    (note,) = (note for note in snapshot.notes if "laid over" in note.message)
    assert note.kind is NoteKind.GUESSED
    assert "adds 1, changes 1, leaves 0" in note.message
    assert "new: Service/default/extra" in note.message.replace(" default/", "/default/") or "extra" in note.message
    assert "spec.ports" in note.message


def test_a_kind_that_was_listed_and_is_empty_is_not_called_unread(
    fresh_control_plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh_control_plane.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    monkeypatch.setenv("KUBECONFIG", str(fresh_control_plane.kubeconfig))
    run = _run(["cluster"])
    assert "NetworkPolicy" in run.snapshot.listed
    assert not [f for f in run.findings if f.outcome is Outcome.UNKNOWN and f.message.startswith("not checked")]


def test_the_kubectl_plugin_is_found(control_plane: ControlPlane) -> None:
    environment = control_plane.environment()
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    ran = subprocess.run(
        ["kubectl", "meshplan", "version"], env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.startswith("meshplan")
