"""A kustomization as a source, rendered and as it stands."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from planner.model.note import NoteKind
from planner.model.snapshot import Snapshot
from planner.sources import kustomize
from planner.sources.read import read

NEEDS_KUBECTL = pytest.mark.skipif(
    not (shutil.which("kubectl") or shutil.which("kustomize")), reason="needs kubectl or kustomize: make cluster-tools"
)
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: cart}\nspec: {ports: [{port: 80}]}\n"
BASE = "resources: [service.yaml]\n"
OVERLAY = """\
namespace: shop
namePrefix: blue-
resources: [../../base]
configMapGenerator:
- name: settings
  literals: [CART_URL=http://blue-cart:80]
"""


@pytest.fixture
def overlay(tmp_path: Path) -> str:
    for name, text in (("base/service.yaml", SERVICE), ("base/unlisted.yaml", SERVICE.replace("cart", "old")),
                       ("base/kustomization.yaml", BASE), ("overlays/prod/kustomization.yaml", OVERLAY)):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return str(tmp_path / "overlays" / "prod")


def without_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")


def with_tool(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """Put a program in kubectl's place; for faults that the real one cannot be made to show."""
    tool = folder / "bin" / "kubectl"
    tool.parent.mkdir()
    tool.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", os.fspath(tool.parent))


def names(snapshot: Snapshot) -> set[str]:
    return {str(obj.ref) for obj in snapshot.objects}


@NEEDS_KUBECTL
def test_an_overlay_is_rendered_as_it_is_applied(overlay: str) -> None:
    snapshot = read([overlay])
    assert "Service shop/blue-cart" in names(snapshot)
    assert not any("old" in name for name in names(snapshot))
    config = next(obj for obj in snapshot.objects if obj.ref.kind == "ConfigMap")
    assert config.raw["data"]["CART_URL"] == "http://blue-cart:80"
    assert config.file == f"kustomize:{overlay}"
    assert config.line_of(("data", "CART_URL")) == 3
    assert not snapshot.notes


def test_without_the_tool_the_listed_files_are_read_as_they_stand(
    overlay: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_tools(monkeypatch)
    snapshot = read([overlay])
    assert names(snapshot) == {"Service default/cart"}
    messages = [note.message for note in snapshot.notes if note.kind is NoteKind.UNREAD]
    assert any("not installed" in text or "neither" in text for text in messages)
    assert any("configMapGenerator, namePrefix, namespace" in text for text in messages)


def test_a_failing_render_falls_back_and_says_why(
    overlay: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_tool(monkeypatch, tmp_path, "echo 'accumulating resources: no such base' >&2; exit 1")
    snapshot = read([overlay])
    assert names(snapshot) == {"Service default/cart"}
    assert any("no such base" in note.message for note in snapshot.notes)


def test_a_render_that_hangs_is_given_up(overlay: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kustomize, "_PATIENCE", 0.05)
    with_tool(monkeypatch, tmp_path, "while :; do :; done")
    assert any("no answer" in note.message for note in read([overlay]).notes)


def test_what_is_elsewhere_or_missing_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_tools(monkeypatch)
    (tmp_path / "service.yaml").write_text(SERVICE, encoding="utf-8")
    listed = "resources: [service.yaml, gone.yaml, 'https://example.com/base?ref=v1']\n"
    (tmp_path / "kustomization.yml").write_text(listed, encoding="utf-8")
    messages = [note.message for note in read([str(tmp_path)]).notes]
    assert any("gone.yaml (no such file)" in text for text in messages)
    assert any("ref=v1 (another repository)" in text for text in messages)


def test_kustomizations_that_name_each_other_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_tools(monkeypatch)
    for name, other in (("a", "b"), ("b", "a")):
        (tmp_path / name).mkdir()
        text = f"resources: [../{other}, service.yaml]\n"
        (tmp_path / name / "kustomization.yaml").write_text(text, encoding="utf-8")
        (tmp_path / name / "service.yaml").write_text(SERVICE.replace("cart", name), encoding="utf-8")
    assert names(read([str(tmp_path / "a")])) == {"Service default/a", "Service default/b"}


@pytest.mark.parametrize("text", ["", "- a\n", "{", "resources: 3\n"])
def test_what_is_no_kustomization_is_noted_not_raised(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_tools(monkeypatch)
    (tmp_path / "Kustomization").write_text(text, encoding="utf-8")
    assert kustomize.is_one(str(tmp_path))
    assert kustomize.as_it_stands(str(tmp_path)).paths == []


def test_a_folder_with_kustomizations_further_down_is_none(overlay: str) -> None:
    assert not kustomize.is_one(str(Path(overlay).parent))


@NEEDS_KUBECTL
def test_generated_secrets_keep_their_values_to_themselves(overlay: str) -> None:
    path = Path(overlay) / "kustomization.yaml"
    path.write_text(f"{OVERLAY}secretGenerator:\n- name: key\n  literals: [password=hunter2]\n", encoding="utf-8")
    assert "hunter2" not in str([obj.raw for obj in read([overlay]).objects])
    assert "aHVudGVyMg==" not in str([obj.raw for obj in read([overlay]).objects])
