"""The steps for Argo CD and Flux: order, one place to edit, nothing that starts by itself, no step against another."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from planner.errors import RenderError
from planner.model.bundle import PhaseBundle
from planner.model.plan import Plan
from planner.render.files import render
from planner.render.gitops_steps import git_steps
from planner.render.names import label
from planner.render.write import write
from tests.builders import flow
from tests.render.test_corpora import FOLDERS, _forth, _planned, _state
from tests.unit.bundle.appliers import tidy
from tests.unit.bundle.worlds import World, deployment, namespace, plan_of, service

every = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
both = pytest.mark.parametrize("settings", ("newest", "classic"))


def _built(folder: Path) -> list[dict[str, Any]]:
    program = shutil.which("kubectl")
    if program is None:
        pytest.skip("kubectl is not installed; https://kubernetes.io/docs/tasks/tools/ says how to get it")
    ran = subprocess.run([program, "kustomize", folder], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{folder}: {ran.stderr}"
    return [document for document in yaml.safe_load_all(ran.stdout) if document]


def _out(folder: Path, settings: str, out: Path) -> tuple[PhaseBundle, ...]:
    _, plan, bundles = _planned(folder, settings)
    write(render(bundles, plan), out)
    return bundles


def _in_order(applications: list[dict[str, Any]]) -> list[str]:
    def wave(one: dict[str, Any]) -> int:
        return int(one["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])

    waves = [wave(one) for one in applications]
    assert len(set(waves)) == len(waves)
    return [one["spec"]["source"]["path"] for one in sorted(applications, key=wave)]


def _wanted(bundles: tuple[PhaseBundle, ...]) -> list[str]:
    """Paths of all steps that change something in Git, in the order of the plan."""
    return [
        f"./gitops/{bundle.folder}/{step.name}"
        for bundle in bundles
        for step in bundle.steps
        if step.created or any(patch.overlay and patch.overlay.operations for patch in step.patches)
    ]


@every
@both
def test_argo_cd_has_every_step_in_order_and_none_automated(folder: Path, settings: str, tmp_path: Path) -> None:
    bundles = _out(folder, settings, tmp_path / "out")
    made = _built(tmp_path / "out/argocd")
    assert {(one["apiVersion"], one["kind"]) for one in made} == {("argoproj.io/v1alpha1", "Application")}
    assert _in_order(made) == _wanted(bundles)
    for one in made:
        assert "automated" not in one["spec"]["syncPolicy"]
        assert "finalizers" not in one["metadata"]
        assert (tmp_path / "out" / one["spec"]["source"]["path"] / "kustomization.yaml").is_file()


@every
@both
def test_flux_has_every_step_in_one_suspended_chain(folder: Path, settings: str, tmp_path: Path) -> None:
    bundles = _out(folder, settings, tmp_path / "out")
    made = _built(tmp_path / "out/flux")
    assert {(one["apiVersion"], one["kind"]) for one in made} == {("kustomize.toolkit.fluxcd.io/v1", "Kustomization")}
    after = {tuple(d["name"] for d in o["spec"].get("dependsOn", ())): o for o in made}
    assert len(after) == len(made)
    chain, here = [], after[()]
    while here is not None:
        chain.append(here)
        here = after.get((here["metadata"]["name"],))
    assert [one["spec"]["path"] for one in chain] == _wanted(bundles)
    for one in made:
        spec = one["spec"]
        assert (spec["suspend"], spec["prune"], spec["wait"]) == (True, False, True)
        assert (tmp_path / "out" / spec["path"] / "kustomization.yaml").is_file()


def _edit(path: Path, *pairs: tuple[str, str]) -> None:
    text = path.read_text()
    for old, new in pairs:
        assert text.count(f'"{old}"') == 1, old
        text = text.replace(f'"{old}"', f'"{new}"')
    path.write_text(text)


def test_one_edit_reaches_every_application(tmp_path: Path) -> None:
    _out(FOLDERS[0], "newest", tmp_path / "out")
    repository = "repoURL=https://git.example.com/your/repository.git"
    pairs = (
        (repository, "repoURL=ssh://git@x/y.git"),
        ("path=.", "path=a/b"),
        ("targetRevision=HEAD", "targetRevision=v1"),
    )
    _edit(tmp_path / "out/argocd/kustomization.yaml", *pairs)
    sources = [one["spec"]["source"] for one in _built(tmp_path / "out/argocd")]
    assert len(sources) > 10
    assert {(one["repoURL"], one["targetRevision"]) for one in sources} == {("ssh://git@x/y.git", "v1")}
    assert all(one["path"].startswith("a/b/gitops/0") for one in sources)


def test_one_edit_reaches_every_flux_kustomization(tmp_path: Path) -> None:
    _out(FOLDERS[0], "newest", tmp_path / "out")
    _edit(tmp_path / "out/flux/kustomization.yaml", ("name=flux-system", "name=fleet"), ("path=.", "path=a/b"))
    specs = [one["spec"] for one in _built(tmp_path / "out/flux")]
    assert {one["sourceRef"]["name"] for one in specs} == {"fleet"}
    assert all(one["path"].startswith("a/b/gitops/0") for one in specs)


def _key(one: dict[str, Any]) -> tuple[str, str, str]:
    return one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]


def _once(one: dict[str, Any]) -> bool:
    return "kustomize.toolkit.fluxcd.io/ssa" in one["metadata"].get("annotations", {})


def _name_the_manifests(tmp_path: Path, manifests: list[dict[str, Any]]) -> None:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests/all.yaml").write_text(yaml.safe_dump_all(manifests))
    (tmp_path / "manifests/kustomization.yaml").write_text("resources: [all.yaml]\n")
    base = tmp_path / "out/gitops/base/kustomization.yaml"
    base.write_text(base.read_text().replace("resources: []", "resources: [../../../manifests]"))


def test_each_step_holds_what_it_changes_and_all_together_are_the_end(tmp_path: Path) -> None:
    """Flux keeps applying all of them, so no two may want an object in two states."""
    bundles = _out(FOLDERS[0], "newest", tmp_path / "out")
    snapshot = _planned(FOLDERS[0], "newest")[0]
    objects = {o.ref: o for o in reversed(snapshot.objects) if "name" in o.raw["metadata"]}
    _name_the_manifests(tmp_path, [dict(o.raw) for o in objects.values()])
    state = _state(snapshot)
    _forth(state, bundles)
    end = {(ref.kind, ref.namespace, ref.name): raw for ref, raw in state.items()}
    lasting: dict[tuple[str, str, str], dict[str, Any]] = {}
    for step in git_steps(bundles):
        if not step.name:
            continue
        made = _built(tmp_path / "out" / step.path)
        assert {_key(one) for one in made} == {(i.ref.kind, i.ref.namespace, i.ref.name) for i in step.kept}
        for one in made:
            assert "meshplan.io/step" not in one["metadata"].get("annotations", {})
            if not _once(one):
                assert _key(one) not in lasting, f"two steps hold {_key(one)}"
                lasting[_key(one)] = one
    assert len(lasting) > 30
    for key, one in lasting.items():
        ours, theirs = tidy(end[key]), tidy(one)
        for port in [*ours.get("spec", {}).get("ports", []), *theirs.get("spec", {}).get("ports", [])]:
            port.setdefault("protocol", "TCP")
        assert ours == theirs, key


def test_what_is_closed_later_is_created_once_and_then_left_alone(tmp_path: Path) -> None:
    steps = git_steps(_out(FOLDERS[0], "newest", tmp_path / "out"))
    applications = {one["metadata"]["name"]: one["spec"] for one in _built(tmp_path / "out/argocd")}
    guards = [step for step in steps if step.later]
    assert guards
    for step in guards:
        made = _built(tmp_path / "out" / step.path)
        later = {(ref.kind, ref.namespace, ref.name) for ref in step.later}
        assert {_key(one) for one in made if _once(one)} == later
        assert {one["spec"]["mtls"]["mode"] for one in made if _once(one)} == {"PERMISSIVE"}
        ignored = applications[step.name]["ignoreDifferences"]
        assert {(one["kind"], one["namespace"], one["name"]) for one in ignored} == later
        assert all(one["jsonPointers"] == ["/spec/mtls/mode"] for one in ignored)
        assert applications[step.name]["syncPolicy"]["syncOptions"] == ["RespectIgnoreDifferences=true"]


def _world() -> World:
    objects = (namespace("shop"), deployment("cart"), service("cart", {"port": 80, "name": "api"}))
    return World(objects, plan_of(("shop",), strict={"shop": 1}), (flow("shop/web", "shop/cart", 80),))


def test_a_manifest_that_two_steps_change_belongs_to_the_last() -> None:
    bundles = _world().bundles()
    label_step = next(step for step in bundles[1].steps if step.name == "20-label")
    again = replace(bundles[2], steps=(replace(label_step, name="90-again"),))
    first, last = (s for s in git_steps((bundles[1], again)) if s.files.step.name in ("20-label", "90-again"))
    assert (first.name, first.kept) == ("", ())
    assert [patch.ref.name for patch in first.elsewhere] == ["shop"]
    assert last.touching == ("overlays/01-p1/20-label", "overlays/02-close/90-again")


def test_the_page_names_every_step_its_gates_and_what_git_cannot_do() -> None:
    bundles = _planned(FOLDERS[0], "newest")[2]
    files = {file.path: file.text for file in render(bundles, _planned(FOLDERS[0], "newest")[1])}
    for tool in ("argocd", "flux"):
        page = files[f"{tool}/README.md"]
        for bundle in bundles:
            assert all(f"{bundle.folder}, {step.name}:" in page for step in bundle.steps)
            assert not bundle.steps or f"(../phases/{bundle.folder}/README.md)" in page
        for words in ("`meshplan-source`", "`../gitops/base/kustomization.yaml`", "a person's decision", "by hand"):
            assert words in page, words
        alone = [r.ref for b in bundles for step in b.steps for r in step.rollouts if not r.by_patch]
        assert alone and all(f"/{ref.name} in {ref.namespace}`" in page for ref in alone)


def test_nothing_in_git_no_folder() -> None:
    world = World((), plan_of())
    assert not [file for file in render(world.bundles(), world.plan) if not file.path.startswith("phases/")]


HOSTILE = ("a: b\n---\nx", "$(touch /tmp/x)", "x" * 300, "naïve🙂", "{{ 7 * 7 }}", "../..", "`|<b>", "A_b", "y", "")


def _hostile(name: str) -> tuple[tuple[PhaseBundle, ...], Plan]:
    world = _world()
    bundles = tuple(replace(b, folder=f"{b.index:02d}-{name}") for b in world.bundles())
    steps = tuple(replace(step, name=f"{step.name}-{name}", title=name) for step in bundles[1].steps)
    return (bundles[0], replace(bundles[1], steps=steps), bundles[2]), world.plan


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_valid_and_no_text_leaves_its_place(name: str, tmp_path: Path) -> None:
    bundles, plan = _hostile(name)
    write(render(bundles, plan), tmp_path / "out")
    made = [*_built(tmp_path / "out/argocd"), *_built(tmp_path / "out/flux")]
    names = [one["metadata"]["name"] for one in made]
    assert len(names) > 6 and len(set(names)) * 2 == len(names)
    assert all(re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", one) for one in names)
    for path in (tmp_path / "out/gitops").rglob("kustomization.yaml"):
        _built(path.parent)


def test_different_texts_have_different_names() -> None:
    taken: set[str] = set()
    for text in ("a-b", "a_b", "a.b", "A-b", "a-b-", "x" * 70, "x" * 71):
        taken.add(label(text, taken))
    assert len(taken) == 7


def test_a_template_may_not_make_it_automatic(tmp_path: Path) -> None:
    (tmp_path / "flux-kustomization.yaml.j2").write_text("{{ object | yaml }}\n# x\nextra: true\n")
    world = _world()
    with pytest.raises(RenderError, match=r"flux-kustomization\.yaml\.j2 gave another object"):
        render(world.bundles(), world.plan, str(tmp_path))
