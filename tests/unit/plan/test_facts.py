from __future__ import annotations

from collections.abc import Callable

from planner.model.snapshot import Snapshot
from planner.plan.facts import gather
from planner.settings import Settings
from tests.unit.plan.test_classes import deployment
from tests.unit.plan.test_units import namespace

NODE = "apiVersion: v1\nkind: Node\nmetadata: {{name: n{0}}}\nstatus: {{nodeInfo: {{kubeletVersion: v1.{0}.1}}}}\n"
MESH = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    accessLogFile: /dev/stdout
    outboundTrafficPolicy:
      mode: REGISTRY_ONLY
"""
ISTIOD = deployment("istio-system", image="docker.io/istio/pilot:1.30.2", name="istiod")


def webhook(revision: str, tag: str = "") -> str:
    extra = f", istio.io/tag: {tag}" if tag else ""
    return (
        "apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\n"
        f"metadata: {{name: w-{revision}-{tag}, labels: {{istio.io/rev: '{revision}'{extra}}}}}\n"
    )


def test_what_was_read_is_not_assumed(snapshot_of: Callable[..., Snapshot]) -> None:
    facts = gather(snapshot_of(NODE.format(31), NODE.format(29), MESH, ISTIOD), Settings())
    assert (str(facts.istio), str(facts.kubernetes), facts.registry_only) == ("1.30", "1.29", True)
    assert facts.native.enabled is False
    assert {item.key for item in facts.assumed} == {"clusterDomain", "istio.revision"}


def test_the_users_word_beats_what_was_read(snapshot_of: Callable[..., Snapshot]) -> None:
    said = Settings(istio_version="1.31", kubernetes_version="1.34", outbound_policy="ALLOW_ANY", revision="blue")
    facts = gather(snapshot_of(NODE.format(29), MESH, ISTIOD), said)
    assert (str(facts.istio), str(facts.kubernetes), facts.registry_only, facts.revision) == (
        "1.31", "1.34", False, "blue",
    )  # fmt: skip


def test_a_revision_that_is_installed_is_the_one_to_join(snapshot_of: Callable[..., Snapshot]) -> None:
    assert gather(snapshot_of(webhook("1-30"), webhook("1-30", "prod")), Settings()).revision == "prod"
    only = snapshot_of(webhook("1-30"), "kind: Nothing\napiVersion: v1\nmetadata: {name: x}\n")
    assert gather(only, Settings()).revision == "1-30"


def test_what_namespaces_name_already_goes_on_and_the_default_needs_no_name(
    snapshot_of: Callable[..., Snapshot],
) -> None:
    used = snapshot_of(webhook("1-30"), webhook("1-30", "prod"), namespace("a", "{istio.io/rev: 1-30}"))
    assert gather(used, Settings()).revision == "1-30"
    plain = snapshot_of(webhook("default"), webhook("default"), namespace("a"))
    assert gather(plain, Settings()).revision == ""
