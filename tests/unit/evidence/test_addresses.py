"""Addresses in one line of text."""

from __future__ import annotations

import pytest

from planner.evidence.sighting import Role
from planner.evidence.text import addresses, keys, noise, shell, values


def _found(text: str) -> list[tuple[str, int | None, str]]:
    return [(address.host, address.port, address.scheme) for address in addresses.in_line(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://cart", [("cart", None, "http")]),
        ("HTTP://Cart:8080/x?y=1", [("cart", 8080, "http")]),
        ("https://joe:***@cart:8443/", [("cart", 8443, "https")]),
        ("jdbc:mysql://db:3306/x?a=b", [("db", 3306, "jdbc:mysql")]),
        ("jdbc:sqlserver://db:1433;databaseName=x", [("db", 1433, "jdbc:sqlserver")]),
        ("jdbc:oracle:thin:@db:1521:sid", [("db", 1521, "jdbc:oracle")]),
        ("mongodb://a:27017,b:27018/x", [("a", 27017, "mongodb"), ("b", 27018, "mongodb")]),
        ("user:pw@tcp(db:3306)/x", [("db", 3306, "")]),
        ("${URL:-http://cart:80}", [("cart", 80, "http")]),
        ("http://[fd00::1]:8080/", [("fd00::1", 8080, "http")]),
        ("dns:///cart:9090", [("cart", 9090, "grpc")]),
        ("dnssrv+cart:9090", [("cart", 9090, "")]),
        ("server.1=zk-0.zk:2888:3888", [("zk-0.zk", 2888, "")]),
        ("0@k-0.k:9093,1@k-1.k:9093", [("k-0.k", 9093, ""), ("k-1.k", 9093, "")]),
        ("git@github.com:org/repo.git", [("github.com", 22, "ssh")]),
        ("Server=db,1433;Database=x", [("db", 1433, "")]),
        ("host=db user=x dbname=y", [("db", None, "")]),
        ("cart.shop.svc.cluster.local.:80", [("cart.shop.svc.cluster.local", 80, "")]),
    ],
)
def test_forms(text, expected):
    assert _found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "http://$HOST:80",
        "http://{{ host }}/",
        "http://api-%s/",
        ":8080",
        "12:30",
        "8080:80",
        "busybox:1.36",
        "sha256:0123456789",
        "a/b:8080",
        "cart:80-90",
        "host=db",
        "[cart]:2222 ssh-ed25519 AAAAC3Nza",
        "cart:99999",
    ],
)
def test_no_address(text):
    assert not _found(text)


@pytest.mark.parametrize(
    ("key", "role"),
    [
        ("CART_URL", Role.TARGET),
        ("EXTERNAL_URL", Role.PUBLIC),
        ("EXTERNAL_PAYMENT_URL", Role.TARGET),
        ("web.external-url", Role.PUBLIC),
        ("NEXT_PUBLIC_API_URL", Role.PUBLIC),
        ("no_proxy", Role.EXEMPT),
        ("HTTP_PROXY", Role.TARGET),
        ("listenAddress", Role.LISTEN),
        ("SCHEMA_REGISTRY_URL", Role.TARGET),
        ("MESSAGE_BROKER_URL", Role.TARGET),
        ("IMAGE_SERVICE_URL", Role.TARGET),
        ("SUPPORT_URL", Role.DISPLAY),
        ("contact_points", Role.TARGET),
        ("dnsNames", Role.CERTIFICATE),
        ("sidecarImage", Role.IMAGE),
    ],
)
def test_what_a_key_says(key, role):
    assert keys.role(key) is role


@pytest.mark.parametrize("key", ["DB_HOST", "dbHost", "PGHOST", "redis.address", "KAFKA_BROKERS", "db-hostname"])
def test_keys_that_mean_a_host(key):
    assert keys.means_host(key)


@pytest.mark.parametrize("key", ["SERVICE_NAME", "DB_NAME", "CACHE_TYPE", "GHOST", "USER", "", "HOST_PATH"])
def test_keys_that_mean_none(key):
    assert not keys.means_host(key)


@pytest.mark.parametrize(
    "host", ["api.example.com", "example.org", "your-domain.com", "changeme", "192.0.2.7", "x.invalid"]
)
def test_placeholders(host):
    assert noise.is_placeholder(host)


@pytest.mark.parametrize("host", ["api.acme.io", "foo", "bar", "domain", "10.0.0.1", "examples.acme.io"])
def test_names_that_are_meant(host):
    assert not noise.is_placeholder(host)


@pytest.mark.parametrize("name", ["api.acme.io", "db.prod.internal", "a.co.uk"])
def test_domains(name):
    assert noise.is_domain(name)


@pytest.mark.parametrize("name", ["run.sh", "com.acme.Main", "app.log", "cart", "v1.2", "elk.conf"])
def test_dotted_words_that_are_no_domains(name):
    assert not noise.is_domain(name)


def test_backend_with_its_namespace():
    (found,) = values.found("default-backend-service", "edge/fallback")
    assert found.host == "fallback.edge"


def test_service_of_a_tcp_port():
    (found,) = values.found("9000", "shop/redis:6379:PROXY")
    assert (found.host, found.port) == ("redis.shop", 6379)


@pytest.mark.parametrize(
    ("line", "hosts"),
    [
        ("echo 'see http://cart:80'; curl http://web:80", ["web"]),
        ("echo ping | nc cart 80", ["cart"]),
        ("# curl http://cart:80", []),
        ("A=cart\ncurl http://$A:80", ["cart"]),
        ("getent hosts cart", ["cart"]),
        ("curl -H 'Accept: application/json' http://cart:80", ["cart"]),
    ],
)
def test_shell(line, hosts):
    found = [a.host for a in shell.read(line, {}) if a.sure or a.form != "host:port"]
    assert [host for host in dict.fromkeys(found) if host != "application"] == hosts


def test_a_pattern_of_hosts_is_kept_to_be_told_why_it_is_no_flow():
    assert _found("http://*.acme.io") == [("*.acme.io", None, "http")]


def test_the_scheme_of_the_next_url_is_no_host():
    found = _found("http://es.data:9200,http://es-1.data:9200")
    assert found == [("es.data", 9200, "http"), ("es-1.data", 9200, "http")]
