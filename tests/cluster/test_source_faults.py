"""Whatever goes wrong between meshplan and the server: nothing is lost in silence, and the message says what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from planner.cli.app import run as meshplan
from planner.model.note import Note, NoteKind
from planner.model.snapshot import Snapshot
from planner.pipeline.kinds import declared_kinds
from planner.sources.cluster.kubeconfig import connect
from planner.sources.cluster.listing import Query, read_all
from planner.sources.cluster.read import Reading, Wanted, read_cluster
from planner.sources.read import read
from tests.cluster.control_plane import ControlPlane
from tests.cluster.faulty_proxy import Fault, FaultyProxy, faulty_proxy
from tests.conftest import ROOT

EXPIRED = json.dumps(
    {"kind": "Status", "code": 410, "reason": "Expired", "message": "The provided continue is too old"}
)
NAMES = 40


@pytest.fixture(scope="module")
def plane(control_plane: ControlPlane) -> ControlPlane:
    """A cluster with forty ConfigMaps, so that small pages make a long list."""
    names = [f"settings-{number:02}" for number in range(NAMES)]
    control_plane.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "many"}})
    control_plane.apply(*(
        {
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "many"},
            "data": {"k": "v" * 999},
        }
        for name in names
    ))  # fmt: skip
    return control_plane


def _config(url: str, folder: Path, **user: Any) -> str:
    """Write a kubeconfig for an address and give its path."""
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": url}}], "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }))  # fmt: skip
    return str(path)


def _read(proxy: FaultyProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, timeout: float = 20.0) -> Reading:
    monkeypatch.setenv("KUBECONFIG", _config(proxy.url, tmp_path))
    with connect(timeout=timeout) as connection:
        return read_cluster(connection, Wanted(declared_kinds()), lambda *_: None)


def _maps(reading: Reading) -> list[str]:
    return sorted(
        raw["metadata"]["name"]
        for raw in reading.objects
        if raw["kind"] == "ConfigMap" and raw["metadata"]["namespace"] == "many"
    )


def _unread(reading: Reading) -> list[Note]:
    return [note for note in reading.notes if note.kind is NoteKind.UNREAD]


def test_a_list_that_is_cut_once_is_asked_again(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decide(path: str, _query: Any, before: int) -> Fault | None:
        return Fault(keep=0.5) if path == "/api/v1/configmaps" and before == 0 else None

    with faulty_proxy(plane, decide) as proxy:
        reading = _read(proxy, tmp_path, monkeypatch)
    assert len(_maps(reading)) == NAMES and not _unread(reading)
    assert sum(path.startswith("/api/v1/configmaps") for path in proxy.asked) == 2


def test_a_list_that_is_always_cut_is_named_and_the_rest_is_read(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decide(path: str, _query: Any, _before: int) -> Fault | None:
        return Fault(keep=0.5) if path == "/api/v1/configmaps" else None

    with faulty_proxy(plane, decide) as proxy:
        reading = _read(proxy, tmp_path, monkeypatch, timeout=1.5)
    (note,) = _unread(reading)
    assert "ConfigMap (configmaps) not read" in note.message and "the connection was cut" in note.message
    assert "the addresses in configuration files" in note.message
    assert "ConfigMap" not in reading.listed and "Service" in reading.listed
    assert any(raw["kind"] == "Namespace" for raw in reading.objects)


def test_an_expired_list_starts_anew_and_holds_nothing_twice(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decide(path: str, query: dict[str, list[str]], _before: int) -> Fault | None:
        late = path == "/api/v1/configmaps" and "continue" in query
        return Fault(410, {"Content-Type": "application/json"}, EXPIRED.encode()) if late else None

    found: list[str] = []
    with faulty_proxy(plane, decide) as proxy:
        monkeypatch.setenv("KUBECONFIG", _config(proxy.url, tmp_path))
        with connect(timeout=20) as connection:
            served = _served(connection, "configmaps")
            read_all(connection, served, lambda raw: found.append(_full(raw)), found.clear, Query(served.path, page=10))
    assert len(found) == len(set(found)) >= NAMES
    assert "limit=10" in proxy.asked[-3] and proxy.asked[-1] == "/api/v1/configmaps"


def test_small_pages_give_every_object_once(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[str] = []
    with faulty_proxy(plane, lambda *_: None) as proxy:
        monkeypatch.setenv("KUBECONFIG", _config(proxy.url, tmp_path))
        with connect(timeout=20) as connection:
            served = _served(connection, "configmaps")
            query = Query(served.path, page=7)
            pages = read_all(connection, served, lambda raw: found.append(_full(raw)), found.clear, query)
    assert pages >= NAMES // 7 and len(found) == len(set(found)) >= NAMES


def _served(connection: Any, plural: str) -> Any:
    from planner.sources.cluster.discovery import discover

    return next(item for item in discover(connection).served if (item.group, item.plural) == ("", plural))


def _full(raw: dict[str, Any]) -> str:
    return f"{raw['metadata']['namespace']}/{raw['metadata']['name']}"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again_after_the_time_it_names(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    def decide(path: str, _query: Any, before: int) -> Fault | None:
        return Fault(status, {"Retry-After": "1"}) if path.endswith("/deployments") and before < 2 else None

    with faulty_proxy(plane, decide) as proxy:
        reading = _read(proxy, tmp_path, monkeypatch)
    assert not _unread(reading) and "Deployment" in reading.listed
    assert sum("/deployments" in path for path in proxy.asked) == 3


def test_a_kind_that_stays_busy_is_given_up_in_time(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decide(path: str, _query: Any, _before: int) -> Fault | None:
        return Fault(429, {"Retry-After": "1"}) if path.endswith("/deployments") else None

    with faulty_proxy(plane, decide) as proxy:
        reading = _read(proxy, tmp_path, monkeypatch, timeout=3)
    (note,) = _unread(reading)
    assert "Deployment (deployments.apps) not read" in note.message and "which workloads there are" in note.message


def test_a_slow_server_is_given_up_in_time(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decide(path: str, _query: Any, _before: int) -> Fault | None:
        return Fault(delay=30) if path.endswith("/services") else None

    with faulty_proxy(plane, decide) as proxy:
        reading = _read(proxy, tmp_path, monkeypatch, timeout=2)
    (note,) = _unread(reading)
    assert "Service (services) not read" in note.message
    assert "no answer in time" in note.message and note.hint == "give it longer with --timeout"


def test_a_token_that_expires_half_way_leaves_what_was_read_and_says_so(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decide(path: str, _query: Any, _before: int) -> Fault | None:
        return Fault(401) if path.startswith("/apis/networking.k8s.io/v1/") else None

    with faulty_proxy(plane, decide) as proxy:
        reading = _read(proxy, tmp_path, monkeypatch)
    notes = _unread(reading)
    assert len(notes) == 3 and all("401" in note.message for note in notes)
    assert "log in again" in notes[0].hint


def test_a_group_whose_server_is_down_is_a_note(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plane.apply({
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": "v1.gone.example.com"},
        "spec": {
            "group": "gone.example.com", "version": "v1", "groupPriorityMinimum": 1, "versionPriority": 1,
            "insecureSkipTLSVerify": True, "service": {"namespace": "many", "name": "gone", "port": 443},
        },
    })  # fmt: skip
    try:
        with faulty_proxy(plane, lambda *_: None) as proxy:
            reading = _read(proxy, tmp_path, monkeypatch)
    finally:
        plane.kubectl("delete", "apiservice", "v1.gone.example.com")
    assert any("gone.example.com" in note.message for note in _unread(reading))


def test_an_old_server_without_aggregated_discovery_gives_the_same(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with faulty_proxy(plane, lambda *_: None) as proxy:
        new = _read(proxy, tmp_path, monkeypatch)
        monkeypatch.setattr("planner.sources.cluster.discovery._AGGREGATED", "application/json")
        old = _read(proxy, tmp_path, monkeypatch)
    assert "/apis/apps/v1" in proxy.asked
    assert old.listed == new.listed and old.objects == new.objects and old.version == new.version != ""


def _fails(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = meshplan(arguments)
    error = capsys.readouterr().err
    assert len(error.strip().splitlines()) <= 2 and "Traceback" not in error
    return code, error


def test_an_expired_token_is_one_line_and_exit_5(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(_config(plane.url, tmp_path, token="old"))
    document = yaml.safe_load(path.read_text())
    document["clusters"][0]["cluster"]["certificate-authority"] = str(plane.authority.file)
    path.write_text(yaml.safe_dump(document))
    monkeypatch.setenv("KUBECONFIG", str(path))
    code, error = _fails(["graph", "cluster"], capsys)
    assert code == 5 and "does not accept these credentials (401)" in error and "log in again" in error


def test_a_wrong_authority_is_one_line_and_exit_5(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KUBECONFIG", _config(plane.url, tmp_path, token="x"))
    code, error = _fails(["graph", "cluster"], capsys)
    assert code == 5 and "TLS with https://127.0.0.1" in error and "certificate-authority" in error


def test_an_unreachable_server_is_one_line_and_exit_5(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KUBECONFIG", _config("https://127.0.0.1:9", tmp_path, token="x"))
    code, error = _fails(["graph", "cluster"], capsys)
    assert code == 5 and "cannot be reached: Connection refused" in error and "VPN" in error


def test_an_unknown_context_names_those_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KUBECONFIG", _config("https://127.0.0.1:9", tmp_path))
    code, error = _fails(["graph", "cluster:prod"], capsys)
    assert code == 2 and "cluster:prod: the kubeconfig has no such context" in error and "it has c" in error


def test_a_credential_plugin_that_fails_is_one_line_and_exit_5(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "false", "interactiveMode": "Never"}
    monkeypatch.setenv("KUBECONFIG", _config("https://127.0.0.1:9", tmp_path, exec=plugin))
    code, error = _fails(["graph", "cluster"], capsys)
    assert code == 5 and "no credentials for context c" in error


def test_no_kubeconfig_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    code, error = _fails(["graph", "cluster"], capsys)
    assert code == 2 and "no usable kubeconfig" in error


def test_a_forbidden_kind_is_partial_to_the_end(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = yaml.safe_load((ROOT / "docs/rbac.yaml").read_text())["rules"]
    without = {"networkpolicies", "poddisruptionbudgets", "configmaps"}
    for rule in rules:
        rule["resources"] = [name for name in rule["resources"] if name not in without]
    rules = [rule for rule in rules if rule["resources"]]
    monkeypatch.setenv("KUBECONFIG", str(plane.kubeconfig_for_user("careful", rules=rules)))
    code = meshplan(["plan", "cluster", "-d", str(tmp_path / "out"), "-q"])
    assert code == 4
    plan = json.loads((tmp_path / "out/plan.json").read_text())
    notes = [note for note in plan["notes"] if "forbidden" in note["message"]]
    assert sorted(note["subject"] for note in notes) == [
        "configmaps", "networkpolicies.networking.k8s.io", "poddisruptionbudgets.policy"
    ]  # fmt: skip
    assert 'resources: ["networkpolicies"], verbs: ["list"]' in json.dumps(notes).replace('\\"', '"')
    assert "forbidden" in (tmp_path / "out/plan.md").read_text()
    assert "forbidden" in (tmp_path / "out/report.html").read_text()


def test_the_published_role_suffices_and_nothing_outside_it_is_asked_for(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = yaml.safe_load((ROOT / "docs/rbac.yaml").read_text())["rules"]
    allowed = {(group, name) for rule in rules for group in rule["apiGroups"] for name in rule["resources"]}
    assert {verb for rule in rules for verb in rule["verbs"]} == {"list"} and ("", "secrets") not in allowed
    monkeypatch.setenv("KUBECONFIG", str(plane.kubeconfig_for_user("role-of-the-docs", rules=rules)))
    snapshot: Snapshot = read(["cluster"], wanted=Wanted(declared_kinds()))
    assert not snapshot.partial
    events = [event for event in plane.audit() if event["user"].get("username") == "role-of-the-docs"]
    asked = {(e["objectRef"].get("apiGroup", ""), e["objectRef"]["resource"]) for e in events if "objectRef" in e}
    assert asked and asked <= allowed
    assert {e["verb"] for e in events if "objectRef" in e} == {"list"}
    assert {e["requestURI"].split("?")[0] for e in events if "objectRef" not in e} <= {"/version", "/api", "/apis"}
    assert all(event["responseStatus"]["code"] == 200 for event in events if "responseStatus" in event)
    with connect() as connection:
        from planner.sources.cluster.discovery import discover

        served = {(item.group, item.plural) for item in discover(connection).served}
    assert asked == allowed & served, "the role grants what nobody asks for"


def test_the_job_that_reads_from_inside_is_taken_and_may_list(plane: ControlPlane) -> None:
    for name in ("rbac.yaml", "in-cluster-job.yaml"):
        plane.kubectl("apply", "--server-side", "-f", str(ROOT / "docs" / name))
    account = "--as=system:serviceaccount:meshplan:meshplan"
    assert plane.kubectl("auth", "can-i", "list", "pods", "-A", account).stdout.strip() == "yes"
    assert plane.kubectl("auth", "can-i", "list", "secrets", "-A", account, check=False).stdout.strip() == "no"


def _pod(name: str, owner: str = "") -> dict[str, Any]:
    owned = [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": owner, "uid": "u", "controller": True}]
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "many"} | ({"ownerReferences": owned} if owner else {}),
        "spec": {"containers": [{"name": "c", "image": "acme/cart:1"}]},
    }  # fmt: skip


@pytest.mark.parametrize("few", [50, 1])
def test_pods_without_a_controller_are_read_whole_and_the_others_counted(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr("planner.sources.cluster.read._FEW", few)
    plane.apply(_pod("bare"), _pod("lone"), _pod("owned-1", "cart-1"), _pod("owned-2", "cart-1"))
    try:
        with faulty_proxy(plane, lambda *_: None) as proxy:
            reading = _read(proxy, tmp_path, monkeypatch)
    finally:
        plane.kubectl("delete", "pod", "--all", "--namespace=many", "--force")
    every = {(raw["metadata"].get("namespace"), raw["metadata"]["name"]): raw for raw in reading.objects}
    pods = {name: raw for (space, name), raw in every.items() if raw["kind"] == "Pod" and space == "many"}
    assert sorted(pods) == ["bare", "lone"]
    assert all(raw["spec"]["containers"][0]["image"] == "acme/cart:1" for raw in pods.values())
    (left_out,) = (note.message for note in reading.notes if note.subject == "Pod")
    assert "that a controller made (ReplicaSet" in left_out
    assert sum("/namespaces/many/pods?" in path for path in proxy.asked) == (0 if few == 1 else 2)
