"""Resolution of names against a reference: a resolver that asks a name server one query after another."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.evidence.hosts import Hosts, Meaning
from planner.model.inventory import Inventory
from planner.model.objects import KubeObject
from planner.model.refs import Ref

DOMAIN = "cluster.local"
NAMES = ("cart", "db", "svc", "shop", "kubernetes")
NAMESPACES = ("shop", "data", "default", "db")


@dataclass(frozen=True)
class Made:
    """One Service of a made-up cluster."""

    name: str
    namespace: str
    kind: str
    external: str = ""


services = st.lists(
    st.builds(
        Made,
        st.sampled_from(NAMES),
        st.sampled_from(NAMESPACES),
        st.sampled_from(("normal", "headless", "external")),
        st.sampled_from(("db.data.svc.cluster.local", "cart.shop.svc.cluster.local", "api.example.net")),
    ),
    max_size=6,
    unique_by=lambda made: (made.name, made.namespace),
).filter(lambda made: not any((m.name, m.namespace) == ("kubernetes", "default") for m in made))
labels = st.sampled_from((*NAMES, *NAMESPACES, "db-0", "api", "example", "net", "svc"))
hosts = st.builds(
    lambda parts, end: ".".join(parts) + end,
    st.lists(labels, min_size=1, max_size=4),
    st.sampled_from(("", f".svc.{DOMAIN}", ".svc", f".svc.{DOMAIN}.", f".{DOMAIN}", ".")),
)


def inventory(made: list[Made]) -> Inventory:
    objects = [namespace_object(name) for name in NAMESPACES]
    for one in made:
        spec: dict[str, object] = {"ports": [{"port": 80}]}
        spec |= {"headless": {"clusterIP": "None"}, "normal": {}, "external": {"type": "ExternalName", "externalName": one.external}}[one.kind]  # fmt: skip  # noqa: E501
        raw = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": one.name, "namespace": one.namespace}, "spec": spec}  # fmt: skip  # noqa: E501
        objects.append(KubeObject(Ref(one.namespace, one.name, "Service"), "v1", raw, "a.yaml", 1, None, False))
    return Inventory(objects)


def namespace_object(name: str) -> KubeObject:
    raw = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    return KubeObject(Ref("", name, "Namespace"), "v1", raw, "a.yaml", 1, None, False)


class NameServer:
    """Answers one full name at a time, as cluster DNS does for its own zone."""

    def __init__(self, made: list[Made]) -> None:
        self.made = {(one.name, one.namespace): one for one in made}
        self.made["kubernetes", "default"] = Made("kubernetes", "default", "normal")

    def ask(self, name: str, depth: int = 0) -> str:
        """Return `namespace/name`, a host outside, or an empty string."""
        parts = name.removesuffix(f".{DOMAIN}").split(".")
        if not name.endswith(f".{DOMAIN}") or parts[-1] != "svc" or not 3 <= len(parts) <= 4:
            return ""
        found = self.made.get((parts[-3], parts[-2]))
        if found is None or (len(parts) == 4 and found.kind != "headless"):
            return ""
        if found.kind != "external":
            return f"{found.namespace}/{found.name}"
        if depth > 6:
            return ""
        return self.ask(found.external, depth + 1) or ("" if found.external.endswith(DOMAIN) else found.external)


def reference(host: str, namespace: str, server: NameServer) -> str:
    """Try names as a resolver with the kubelet's search path does (ndots 5; a trailing dot asks once)."""
    if host.endswith("."):
        return server.ask(host.rstrip("."))
    search = (f"{namespace}.svc.{DOMAIN}", f"svc.{DOMAIN}", DOMAIN)
    queries = [*(f"{host}.{suffix}" for suffix in search), host]
    return next((answer for query in queries if (answer := server.ask(query))), "")


@settings(max_examples=1500)
@given(services, hosts, st.sampled_from(NAMESPACES))
def test_a_name_means_what_a_resolver_finds(made: list[Made], host: str, namespace: str) -> None:
    found = Hosts(inventory(made), DOMAIN).resolve(host, namespace)
    expected = reference(host, namespace, NameServer(made))
    if found.meaning is Meaning.SERVICE:
        assert found.ref.text == expected
    elif found.meaning is Meaning.API_SERVER:
        assert expected == "default/kubernetes"
    elif found.via:
        assert expected in (found.via, "")
    else:
        assert expected == "", (host, namespace, found)


@given(services, st.text(max_size=40), st.sampled_from(NAMESPACES))
def test_any_text_has_a_meaning(made: list[Made], host: str, namespace: str) -> None:
    assert Hosts(inventory(made), DOMAIN).resolve(host, namespace).meaning in Meaning
