"""No object, however wrong its fields, makes a reader raise; what the tables name is filled with junk of every type."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.evidence.collect import READERS
from planner.evidence.operator_services import REFERENCES
from planner.evidence.operator_tables import CALLS
from planner.evidence.patterns import each, strings
from planner.evidence.proxy_tables import ROWS
from planner.evidence.world import World
from planner.model.objects import KubeObject
from planner.model.refs import Ref
from planner.model.snapshot import Snapshot
from planner.settings import Settings

PATTERNS = sorted(
    {(group, kind, pattern) for (group, kind), calls in CALLS.items() for call in calls for pattern in call.patterns}
    | {(group, kind, ref.pattern) for (group, kind), refs in REFERENCES.items() for ref in refs}
    | {(min(row.groups), row.kind, pattern) for row in ROWS for pattern in row.patterns}
    | {
        ("gateway.networking.k8s.io", "HTTPRoute", "spec.rules[].backendRefs[]"),
        ("networking.istio.io", "VirtualService", "spec.http[].route[].destination"),
        ("networking.istio.io", "ServiceEntry", "spec.hosts[]"),
        ("gateway.solo.io", "VirtualService", "spec.virtualHost.routes[].routeAction.single"),
        ("route.openshift.io", "Route", "spec.to"),
        ("networking.k8s.io", "Ingress", "metadata.annotations"),
        ("monitoring.coreos.com", "Probe", "spec.targets.staticConfig.static[]"),
        ("apiextensions.k8s.io", "CustomResourceDefinition", "spec.conversion.webhook"),
        ("tekton.dev", "Task", "spec.steps[]"),
        ("", "PersistentVolume", "spec.nfs"),
    }
)
KEYS = ("name", "namespace", "port", "kind", "service", "serviceName", "host", "address", "image", "env", "args", "url")
TEXTS = ("cart", "cart:80", "http://cart:80/x", "", "$(", "://", "[::1]:80", "svc://a/b:c", "{", "a" * 300, "\n- x: ${")
junk = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 70000) | st.floats(allow_nan=False) | st.sampled_from(TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=8,
)


def _put(pattern: str, value: Any) -> Any:
    """Build an object that holds a value where a pattern looks."""
    for step in reversed(pattern.replace("[]", ".[]").split(".")):
        value = [value, value] if step == "[]" else value if step == "**" else {step: value}
    return value


@settings(max_examples=300)
@given(st.sampled_from(PATTERNS), junk, junk)
def test_junk_in_every_field_of_the_tables(place: tuple[str, str, str], value: Any, other: Any) -> None:
    group, kind, pattern = place
    for raw in (_put(pattern, value), {"spec": value}, {"spec": _put(pattern, other), "metadata": value}):
        raw = {
            "apiVersion": f"{group}/v1",
            "kind": kind,
            "metadata": {"name": "r", "annotations": {"a/auth-url": "x"}},
        } | raw
        obj = KubeObject(Ref("shop", "r", kind), f"{group}/v1" if group else "v1", raw)
        pod = KubeObject(
            Ref("shop", "p", "Pod"), "v1", {"kind": "Pod", "spec": {"containers": [value], "volumes": [other]}}
        )
        world = World(Snapshot(objects=(obj, pod)), Settings())
        for reader in READERS:
            list(reader(world))


@given(junk, st.sampled_from([pattern for _, _, pattern in PATTERNS]))
def test_patterns_find_what_stands_there_and_only_that(value: Any, pattern: str) -> None:
    plain = pattern.removesuffix(".**")
    found = list(each(_put(plain, value), plain))
    assert [item for _, item in found] == [value] * 2 ** plain.count("[]")
    assert all(isinstance(text, str) for _, _, text in strings(value))
    list(each(value, pattern))
