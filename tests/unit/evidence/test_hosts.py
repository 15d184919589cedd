"""The resolver, against what the kubelet and cluster DNS would do."""

from __future__ import annotations

import pytest

from evidence.manifests import service
from planner.evidence.hosts import Hosts, Meaning, is_host

EXTERNAL = (
    "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n"
    "  type: ExternalName\n  externalName: {to}\n"
)


@pytest.fixture
def hosts(snapshot) -> Hosts:
    texts = (
        service("cart", 80),
        service("cart", 80, namespace="other"),
        service("db", 5432, extra="clusterIP: None\n"),
        service("ip", 80, extra="clusterIP: 10.96.0.20\nexternalIPs: [192.168.7.7]\n"),
        service("default", 80, namespace="only"),
        EXTERNAL.format(name="alias", to="cart.other.svc.cluster.local"),
        EXTERNAL.format(name="chain", to="alias.shop.svc.cluster.local"),
        EXTERNAL.format(name="out", to="db.acme.io."),
        EXTERNAL.format(name="loop", to="loop.shop.svc.cluster.local"),
        EXTERNAL.format(name="dead", to="gone.shop.svc.cluster.local"),
    )
    return Hosts(snapshot(*texts).inventory)


@pytest.mark.parametrize(
    ("name", "meaning", "text"),
    [
        ("cart", Meaning.SERVICE, "shop/cart"),
        ("CART", Meaning.SERVICE, "shop/cart"),
        ("cart.other", Meaning.SERVICE, "other/cart"),
        ("cart.other.svc", Meaning.SERVICE, "other/cart"),
        ("cart.other.svc.cluster.local", Meaning.SERVICE, "other/cart"),
        ("cart.other.svc.cluster.local.", Meaning.SERVICE, "other/cart"),
        ("cart.other.svc.k8s.acme", Meaning.SERVICE, "other/cart"),
        ("db-0.db", Meaning.SERVICE, "shop/db"),
        ("db-0.db.shop.svc.cluster.local", Meaning.SERVICE, "shop/db"),
        ("_pg._tcp.db.shop.svc.cluster.local", Meaning.SERVICE, "shop/db"),
        ("cart-0.cart.shop.svc", Meaning.MISSING, "unknown:cart-0.cart.shop.svc"),
        ("10.96.0.20", Meaning.SERVICE, "shop/ip"),
        ("192.168.7.7", Meaning.SERVICE, "shop/ip"),
        ("10.96.0.21", Meaning.EXTERNAL, "external:10.96.0.21"),
        ("alias", Meaning.SERVICE, "other/cart"),
        ("chain", Meaning.SERVICE, "other/cart"),
        ("out", Meaning.EXTERNAL, "external:db.acme.io"),
        ("loop", Meaning.MISSING, "unknown:loop.shop.svc.cluster.local"),
        ("dead", Meaning.MISSING, "unknown:gone.shop.svc.cluster.local"),
        ("gone", Meaning.MISSING, "unknown:gone"),
        ("gone.other", Meaning.MISSING, "unknown:gone.other"),
        ("gone.nowhere.svc.cluster.local", Meaning.MISSING, "unknown:gone.nowhere.svc.cluster.local"),
        ("api.acme.io", Meaning.EXTERNAL, "external:api.acme.io"),
        ("kubernetes.default", Meaning.API_SERVER, "cluster:kube-apiserver"),
        ("kubernetes.default.svc", Meaning.API_SERVER, "cluster:kube-apiserver"),
        ("kubernetes.default.svc.cluster.local", Meaning.API_SERVER, "cluster:kube-apiserver"),
        ("kubernetes", Meaning.MISSING, "unknown:kubernetes"),
        ("localhost", Meaning.SELF, "unknown:localhost"),
        ("127.0.0.1", Meaning.SELF, "unknown:127.0.0.1"),
        ("::1", Meaning.SELF, "unknown:::1"),
        ("0.0.0.0", Meaning.SELF, "unknown:0.0.0.0"),
        ("no host", Meaning.NOT_A_HOST, "unknown:no host"),
        ("", Meaning.NOT_A_HOST, "unknown:"),
    ],
)
def test_reference(hosts, name, meaning, text):
    resolved = hosts.resolve(name, "shop")
    assert (resolved.meaning, resolved.ref.text) == (meaning, text)


def test_host_behind_an_alias_is_told(hosts):
    assert hosts.resolve("out", "shop").via == "db.acme.io"


def test_told_domain_is_the_only_one(snapshot):
    hosts = Hosts(snapshot(service("cart", 80)).inventory, "k8s.acme")
    assert hosts.resolve("cart.shop.svc.k8s.acme", "x").meaning is Meaning.SERVICE
    assert hosts.resolve("cart.shop.svc.other.zone", "x").meaning is Meaning.EXTERNAL


@pytest.mark.parametrize("text", ["a..b", "-a", "a-", "1.2.3", "a.b.7", "x" * 64, "a/b", "", "."])
def test_no_host_by_form(text):
    assert not is_host(text)
