from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from planner.errors import InputError, UsageError
from planner.model.note import NoteKind
from planner.model.snapshot import Snapshot
from planner.sources import saved
from planner.sources.read import read

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}]}\n"
SECRET = """\
apiVersion: v1
kind: Secret
metadata:
  name: s
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{"stringData":{"password":"hunter2"}}'
data: {password: aHVudGVyMg==}
stringData: {token: hunter2}
"""


def test_an_object_without_namespace_gets_the_given_one(snapshot_of: Callable[..., Snapshot]) -> None:
    (obj,) = snapshot_of(SERVICE, namespace="shop").objects
    assert obj.ref.text == "shop/a"
    assert obj.assumed_namespace


def test_cluster_scoped_objects_have_no_namespace(snapshot_of: Callable[..., Snapshot]) -> None:
    crd = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: w}\n"
        "spec: {group: x.io, scope: Cluster, names: {kind: Widget}}\n"
    )
    role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r, namespace: oops}\n"
    widget = "apiVersion: x.io/v1\nkind: Widget\nmetadata: {name: w}\n"
    gadget = "apiVersion: y.io/v1\nkind: Widget\nmetadata: {name: g}\n"
    texts = {obj.ref.text for obj in snapshot_of(crd, role, widget, gadget).objects}
    assert texts == {"w", "r", "default/g"}


def test_lists_are_unfolded_and_their_items_keep_their_lines(snapshot_of: Callable[..., Snapshot]) -> None:
    text = (
        "apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: one}\n"
        "- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: two}\n"
    )
    one, two = snapshot_of(text).objects
    assert (one.ref.kind, one.ref.name, one.line_of()) == ("ConfigMap", "one", 4)
    assert (two.ref.name, two.line_of()) == ("two", 5)


def test_no_secret_value_is_kept_anywhere(snapshot_of: Callable[..., Snapshot]) -> None:
    workload = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec:
  template:
    spec:
      containers:
      - name: c
        env:
        - {name: DB_PASSWORD, value: hunter2}
        - {name: DB_URL, value: "postgres://user:hunter2@db:5432/x"}
"""
    snapshot = snapshot_of(SECRET, workload)
    text = saved.dump(snapshot)
    assert "hunter2" not in text
    assert "aHVudGVyMg" not in text
    secret = snapshot.inventory.get("Secret", "default", "s")
    assert secret is not None
    assert secret.raw["data"] == {"password": None}
    assert "db:5432" in text


def test_a_broken_file_becomes_a_note_and_the_rest_is_read(snapshot_of: Callable[..., Snapshot]) -> None:
    snapshot = snapshot_of(SERVICE, "a: [\n", "{{ .Values.x }}: y\n---\nnot: an object\n")
    assert len(snapshot.objects) == 1
    assert snapshot.partial
    unread = [note for note in snapshot.notes if note.kind is NoteKind.UNREAD]
    assert [note.document for note in unread] == [1, 1]
    assert all(note.line and note.file for note in unread)
    assert any("helm template" in note.hint for note in unread)
    assert any(note.kind is NoteKind.SKIPPED for note in snapshot.notes)


def test_an_ill_typed_field_is_noted_and_does_not_stop_the_run(snapshot_of: Callable[..., Snapshot]) -> None:
    snapshot = snapshot_of(SERVICE.replace("[{port: 80}]", "eighty, selector: {app: 1}"))
    assert [note.message.split(" is ")[0] for note in snapshot.notes] == ["`spec.ports`", "`spec.selector.app`"]
    assert snapshot.inventory.services[0].ports == ()


def test_the_same_object_twice_is_settled_by_content_not_by_file_name(tmp_path: Path) -> None:
    small = "apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n"
    big = "apiVersion: v1\nkind: Namespace\nmetadata: {name: n, labels: {team: x}}\n"
    labels = []
    for first, second in ((small, big), (big, small)):
        (tmp_path / "a.yaml").write_text(first)
        (tmp_path / "b.yaml").write_text(second)
        snapshot = read([str(tmp_path)])
        assert len(snapshot.objects) == 2
        labels.append(snapshot.inventory.namespace_labels("n"))
    assert labels == [{"team": "x"}, {"team": "x"}]


def test_a_later_source_lies_over_an_earlier_one(tmp_path: Path) -> None:
    for name, port in (("live", 80), ("proposed", 81)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.yaml").write_text(SERVICE.replace("80", str(port)))
    snapshot = read([str(tmp_path / "live"), str(tmp_path / "proposed")])
    (service,) = snapshot.inventory.services
    assert service.ports[0].number == 81


def test_a_saved_snapshot_reads_back_the_same(snapshot_of: Callable[..., Snapshot], tmp_path: Path) -> None:
    snapshot = snapshot_of(SERVICE, SECRET, "a: [\n")
    path = tmp_path / "snapshot.json"
    path.write_text(saved.dump(snapshot))
    again = read([str(path)])
    assert saved.dump(again) == saved.dump(snapshot)
    assert again.inventory.services[0].object.line_of(("spec", "ports", 0)) == 4
    assert again.partial


def test_a_snapshot_of_a_newer_meshplan_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text(json.dumps({"apiVersion": "meshplan.io/v1", "kind": "Snapshot", "schema": 99}))
    with pytest.raises(InputError, match="schema 99"):
        read([str(path)])


def test_standard_input_and_utf16_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(SERVICE.encode())

    monkeypatch.setattr("sys.stdin", Stdin())
    assert read(["-"]).objects[0].file == "-"
    (tmp_path / "x.yaml").write_bytes(SERVICE.encode("utf-16"))
    assert len(read([str(tmp_path)]).objects) == 1


def test_what_cannot_be_read_at_all_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        read([])
    with pytest.raises(InputError, match="no such file"):
        read([str(tmp_path / "nope")])
    with pytest.raises(InputError, match="no Kubernetes object"):
        read([str(tmp_path)])
    (tmp_path / "x.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="nothing could be read"):
        read([str(tmp_path)])


def test_a_folder_that_links_to_itself_ends(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(SERVICE)
    (tmp_path / "loop").symlink_to(tmp_path)
    assert len(read([str(tmp_path)]).objects) == 1


def test_renaming_and_shuffling_files_changes_no_object(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    for name in "abc":
        (first / f"{name}.yaml").write_text(SERVICE.replace("name: a", f"name: {name}"))
    second.mkdir()
    for name, other in zip("abc", "zyx", strict=True):
        (second / "deep").mkdir(exist_ok=True)
        shutil.copy(first / f"{name}.yaml", second / "deep" / f"{other}.yml")
    assert [o.raw for o in read([str(first)]).objects] == [o.raw for o in read([str(second)]).objects]


def test_counts_agree_with_the_ground_truth_of_every_corpus(corpora: tuple[Path, ...]) -> None:
    for corpus in corpora:
        truth = yaml.load((corpus / "expected.yaml").read_text(), Loader=yaml.CSafeLoader)
        snapshot = read([str(corpus / "manifests")], truth["default_namespace"])
        assert snapshot.counts() == truth["counts"]["by_kind"], corpus.name
        assert len(snapshot.objects) == truth["counts"]["objects"], corpus.name
        assert len(snapshot.inventory.workloads) == truth["counts"]["workloads"], corpus.name
        assert len(snapshot.inventory.services) == truth["counts"]["services"], corpus.name
        assert not snapshot.partial
