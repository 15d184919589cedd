"""The files of a plan: layout, determinism, kustomize's reading of them, and names that mean harm."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from planner.model.bundle import RenderedFile
from planner.model.plan import Phase, Plan, Reason, Unit
from planner.render.files import render
from planner.render.write import write
from tests.builders import flow
from tests.render.conftest import real_kubectl
from tests.unit.bundle.worlds import World, deployment, namespace, obj, plan_of, service


def _files(world: World) -> dict[str, RenderedFile]:
    return {file.path: file for file in render(world.bundles(), world.plan)}


def _world() -> World:
    flows = (
        flow("shop/web", "external:a.example.com", 443, protocol="https"),
        flow("shop/web", "shop/cart", 80),
        flow("ops/agent", "shop/cart", 80),
    )
    objects = (namespace("shop"), deployment("web"), deployment("cart"), service("cart", {"port": 80, "name": "api"}))
    return World(objects, plan_of(("shop",), strict={"shop": 1}, registry_only=("shop",)), flows)


def test_layout():
    files = _files(_world())
    assert set(files) >= {
        "phases/00-prepare/README.md",
        "phases/00-prepare/steps/10-ports/patches/01-service-shop-cart.yaml",
        "phases/01-p1/README.md",
        "phases/01-p1/apply.sh",
        "phases/01-p1/verify.sh",
        "phases/01-p1/undo.sh",
        "phases/01-p1/steps/10-guard/kustomization.yaml",
        "phases/01-p1/steps/10-guard/objects/01-peerauthentication-shop-default.yaml",
        "phases/01-p1/steps/20-label/patches/01-namespace-shop.yaml",
        "phases/01-p1/steps/20-label/undo/01-namespace-shop.yaml",
        "phases/02-close/steps/20-registry-only/objects/01-sidecar-shop-default.yaml",
    }
    assert all(file.executable == path.endswith(".sh") for path, file in files.items())
    assert list(files) == sorted(files)


def test_same_input_same_bytes():
    assert render(_world().bundles(), _world().plan) == render(_world().bundles(), _world().plan)


def test_every_patch_has_its_way_back():
    files = _files(_world())
    for path in files:
        if "/patches/" in path:
            assert path.replace("/patches/", "/undo/") in files


def test_kustomize_reads_every_step_as_we_wrote_it(tmp_path: Path) -> None:
    kubectl = real_kubectl()
    files = _files(_world())
    write(files.values(), tmp_path / "out")
    steps = sorted((tmp_path / "out" / "phases").rglob("kustomization.yaml"))
    assert len(steps) >= 6
    for step in steps:
        done = subprocess.run([kubectl, "kustomize", str(step.parent)], capture_output=True, text=True, check=True)
        ours = [yaml.safe_load(f.read_text()) for f in sorted((step.parent / "objects").glob("*.yaml"))]
        assert _sorted(yaml.safe_load_all(done.stdout)) == _sorted(ours)


def _sorted(objects):
    return sorted((o for o in objects if o), key=lambda o: (o["kind"], o["metadata"]["name"]))


def test_the_page_says_what_matters():
    page = _files(_world())["phases/01-p1/README.md"].text
    for words in (
        "1 namespace joins the mesh",
        "## Steps",
        "### 10-guard",
        "Go on when",
        "access log of the gateway first",
        "## Back",
        "`60-strict`, `20-label`",
        "no plaintext has reached shop for a week",
    ):
        assert words in page, words
    assert "Nothing is to be done" in _files(World((), plan_of()))["phases/00-prepare/README.md"].text


HELM = "meta.helm.sh/release-name"
HOSTILE = (
    "../../../etc/x",
    "a'; touch /tmp/pwned; '",
    "$(touch /tmp/pwned)",
    "a\nb: c\n---\nkind: X",
    "-rf",
    "x" * 300,
    "naïve🙂",
    "a`b|c",
    "y",
    "{{ 7 * 7 }}",
    "a\u2028b",
    '"',
    "EOF",
    "*",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_leaves_its_place(name: str, tmp_path: Path) -> None:
    """Namespace, workload, labels, hosts, owner and reasons all bear the same hostile text."""
    objects = (
        namespace(name, **{"istio-injection": name}),
        deployment(name, namespace=name, labels={"k8s-app": name}, metadata={"annotations": {HELM: name}}),
        service(name, {"port": 80, "name": "api", "appProtocol": name}, namespace=name, selector={"k8s-app": name}),
        obj(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": name, "namespace": name},
                "spec": {"containers": []},
            }
        ),
    )
    plan = plan_of((name,), strict={name: 1}, registry_only=(name,))
    phase = plan.phases[1]
    named = Phase(1, name, phase.units, strict=phase.strict, reasons=(Reason(name, "x", name),), frontier=(name,))
    whole = Plan(**{f: getattr(plan, f) for f in Plan.__slots__} | {"phases": (plan.phases[0], named, plan.phases[2])})
    call = flow(f"{name}/{name}".replace("/../", "/"), f"external:{name}", 443, protocol="https")
    world = World(objects, whole, (call,))
    files = render(world.bundles(), whole)
    for file in files:
        assert re.fullmatch(r"[A-Za-z0-9._/-]+", file.path) and ".." not in file.path and "//" not in file.path
        assert all(len(part) <= 100 and not part.startswith("-") for part in file.path.split("/"))
        if file.path.endswith(".yaml"):
            assert len(list(yaml.safe_load_all(file.text))) == 1
    write(files, tmp_path / "out")
    for script in (tmp_path / "out").rglob("*.sh"):
        subprocess.run(["bash", "-n", str(script)], check=True)
    pwned = Path("/tmp/pwned")
    assert not pwned.exists()
    assert {p.name for p in tmp_path.iterdir()} == {"out"}


def test_a_wave_is_rendered_too():
    units = (Unit("shop", ("Deployment/web",), 1, last=False),), (Unit("shop", ("Deployment/cart",), 2, last=True),)
    world = World((namespace("shop"), deployment("web"), deployment("cart")), plan_of(*units))
    assert "phases/01-p1/steps/30-canary/patches/01-deployment-shop-web.yaml" in _files(world)
    assert "1 workload" in _files(world)["phases/01-p1/README.md"].text


def _kustomized(out: Path, manifests: list[dict], steps: list[str]) -> list[dict]:
    """Let kustomize lay the components of some steps over manifests."""
    (out.parent / "base").mkdir()
    (out.parent / "base" / "all.yaml").write_text(yaml.safe_dump_all(manifests))
    (out.parent / "base" / "kustomization.yaml").write_text("resources: [all.yaml]\n")
    (out.parent / "app").mkdir()
    listed = "".join(f"  - ../{out.name}/overlays/{step}\n" for step in steps)
    (out.parent / "app" / "kustomization.yaml").write_text(f"resources: [../base]\ncomponents:\n{listed}")
    done = subprocess.run([real_kubectl(), "kustomize", str(out.parent / "app")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def test_overlays_make_the_same_changes_in_the_users_manifests(tmp_path: Path) -> None:
    cart = service("cart", {"port": 80, "name": "api"}, {"port": 81, "name": "b"})
    for port in cart.raw["spec"]["ports"]:
        del port["protocol"]  # as people write it
    bare = deployment("bare", labels={"k8s-app": "bare"})
    objects = (namespace("shop", **{"istio.io/rev": "old"}), deployment("web"), deployment("cart"), cart, bare)
    flows = (flow("shop/web", "shop/cart", 80), flow("shop/web", "external:a.example.com", 443, protocol="https"))
    world = World(objects, plan_of(("shop",), strict={"shop": 1}), flows)
    files = render(world.bundles(), world.plan)
    write(files, tmp_path / "out")
    steps = sorted({f.path.split("/", 1)[1].rsplit("/", 1)[0] for f in files if f.path.startswith("overlays/")})
    assert steps[:2] == ["00-prepare/10-ports", "01-p1/10-guard"]
    manifests = [dict(o.raw) for o in objects]
    made = {(o["kind"], o["metadata"]["name"]): o for o in _kustomized(tmp_path / "out", manifests, steps)}
    assert made["Namespace", "shop"]["metadata"]["labels"] == {"istio-injection": "enabled"}
    assert made["Service", "cart"]["spec"]["ports"][0] == {"port": 80, "name": "api", "appProtocol": "http"}
    assert made["Service", "cart"]["spec"]["ports"][1] == {"port": 81, "name": "b"}
    assert made["PeerAuthentication", "default"]["spec"] == {"mtls": {"mode": "STRICT"}}
    labels = made["Deployment", "web"]["spec"]["template"]["metadata"]["labels"]
    assert labels == {"k8s-app": "web", "app": "web", "version": "1.4.2"}
    assert ("ServiceEntry", "ext-a-example-com") in made


def test_each_step_is_a_component_of_its_own() -> None:
    files = _files(_world())
    assert "overlays/01-p1/20-label/kustomization.yaml" in files
    label = files["overlays/01-p1/20-label/kustomization.yaml"].text
    assert "Component" in label and "10-guard" not in label


def test_a_manifest_without_a_namespace_is_still_met(tmp_path: Path) -> None:
    spec = {"selector": {"k8s-app": "cart"}, "ports": [{"port": 80}]}
    raw = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "cart"}, "spec": spec}
    free = replace(obj(raw, namespace="shop"), assumed_namespace=True)
    call = flow("shop/web", "shop/cart", 80)
    world = World((namespace("shop"), deployment("cart"), free), plan_of(("shop",)), (call,))
    write(render(world.bundles(), world.plan), tmp_path / "out")
    (made,) = _kustomized(tmp_path / "out", [raw], ["00-prepare/10-ports"])
    assert made["spec"]["ports"] == [{"port": 80, "appProtocol": "http"}]
