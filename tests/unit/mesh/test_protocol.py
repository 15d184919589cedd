"""The protocol parser reproduces Istio's, vector by vector and version by version."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.mesh.protocol import Protocol, app_protocol_for, declared, exact_token, service_entry_protocol
from planner.mesh.spoken import CARRIERS, SECURED, Carrier, carrier
from planner.mesh.versions import Version

NOW = Version(1, 31)
VERSIONS = st.builds(Version, st.just(1), st.integers(0, 40))

# port, name, L4, appProtocol, result, after istio/istio pkg/config/kube/conversion.go.
VECTORS = [
    (80, "http", None, None, "HTTP"),
    (80, "http-web", None, None, "HTTP"),
    (80, "web-http", None, None, "auto"),
    (80, "httpweb", None, None, "auto"),
    (80, "http1", None, None, "auto"),
    (8080, None, None, None, "auto"),
    (8080, "http2-api", None, None, "HTTP2"),
    (8080, "h2c", None, None, "auto"),
    (8080, "api", None, "h2c", "auto"),
    (8080, "api", None, "kubernetes.io/h2c", "HTTP2"),
    (8080, "api", None, "kubernetes.io/ws", "HTTP"),
    (8443, "api", None, "kubernetes.io/wss", "HTTPS"),
    (8080, "http", None, "kubernetes.io/foo", "auto"),
    (8080, "http", None, "mycorp.io/x", "auto"),
    (8080, "tcp", None, "http", "HTTP"),
    (8080, "web", None, "HTTP", "HTTP"),
    (8080, "web", None, "https", "HTTPS"),
    (9090, "grpc", None, None, "GRPC"),
    (9090, "grpc-web", None, None, "GRPC-Web"),
    (9090, "grpc-web-admin", None, None, "GRPC-Web"),
    (9090, "grpc-website", None, None, "GRPC-Web"),
    (9090, "grpcweb", None, None, "auto"),
    (443, "https", None, None, "HTTPS"),
    (443, "tls-mtls", None, None, "TLS"),
    (443, "secure", None, None, "auto"),
    (3306, "db", None, None, "TCP"),
    (3306, "mysql", None, None, "MySQL"),
    (3307, "db", None, None, "auto"),
    (27017, "mongodb", None, None, "TCP"),
    (27018, "mongodb", None, None, "auto"),
    (27017, "mongo", None, None, "Mongo"),
    (5432, "postgresql", None, None, "auto"),
    (6379, "redis", None, None, "Redis"),
    (25, "smtp", None, None, "TCP"),
    (587, "smtp", None, None, "auto"),
    (53, "dns-tcp", None, None, "TCP"),
    (53, "dns", "UDP", None, "UDP"),
    (8125, "http", "UDP", "http", "UDP"),
    (8125, "udp-metrics", None, None, "UDP"),
    (5672, "amqp", None, None, "auto"),
    (9092, "kafka", None, None, "auto"),
]

# The notes on versions in the same table and in 1.1: version, then as above.
OLDER = [
    ("1.18.9", 8080, "api", None, "kubernetes.io/h2c", "auto"),
    ("1.19.0", 8080, "api", None, "kubernetes.io/h2c", "HTTP2"),
    ("1.23.4", 8080, "api", None, "kubernetes.io/ws", "auto"),
    ("1.24.0", 8080, "api", None, "kubernetes.io/ws", "HTTP"),
    ("1.23.4", 8443, "api", None, "kubernetes.io/wss", "auto"),
    ("1.24.0", 8443, "api", None, "kubernetes.io/wss", "HTTPS"),
    ("1.31.0", 8080, "api", None, "KUBERNETES.IO/H2C", "auto"),
    ("1.2.10", 8125, "udp-metrics", None, None, "TCP"),
    ("1.3.0", 8125, "udp-metrics", None, None, "UDP"),
    ("1.2.10", 8125, "udp-metrics", "UDP", None, "UDP"),
    ("1.2.10", 8080, "web", None, None, "TCP"),
    ("1.3.0", 8080, "web", None, None, "auto"),
    ("1.2.10", 80, "http-web", None, None, "HTTP"),
    ("1.3.0", 3306, "db", None, None, "TCP"),
    ("1.5.0", 8080, "tcp", None, "http", "TCP"),
    ("1.6.0", 8080, "tcp", None, "http", "HTTP"),
    ("1.5.9", 8080, "http", None, "mycorp.io/x", "HTTP"),
    ("1.31.0", 8080, "http", None, "", "auto"),
    ("1.31.0", 3306, "http", None, "", "TCP"),
    ("1.31.0", 8080, None, None, "http_proxy", "HTTP_PROXY"),
    ("1.31.0", 8080, "HBONE", None, None, "auto"),
]


@pytest.mark.parametrize(("port", "name", "l4", "app_protocol", "expected"), VECTORS)
def test_vectors(port: int, name: str | None, l4: str | None, app_protocol: str | None, expected: str) -> None:
    assert declared(port, name, l4, app_protocol, NOW).protocol == expected


@pytest.mark.parametrize(("version", "port", "name", "l4", "app_protocol", "expected"), OLDER)
def test_vectors_by_version(
    version: str, port: int, name: str | None, l4: str | None, app_protocol: str | None, expected: str
) -> None:
    assert declared(port, name, l4, app_protocol, Version.parse(version)).protocol == expected


@given(st.integers(0, 70000), st.none() | st.text(), st.none() | st.text(), st.none() | st.text(), VERSIONS)
def test_any_text_has_a_result_with_a_reason(
    port: int, name: str | None, l4: str | None, app: str | None, istio: Version
) -> None:
    result = declared(port, name, l4, app, istio)
    assert isinstance(result.protocol, Protocol)
    assert result.reason
    assert result.source in {"protocol", "appProtocol", "name", "port", "none"}


@given(st.integers(1, 65535), st.none() | st.text(), st.none() | st.text(), VERSIONS)
def test_udp_is_always_udp(port: int, name: str | None, app: str | None, istio: Version) -> None:
    assert declared(port, name, "UDP", app, istio).protocol is Protocol.UDP


@given(st.sampled_from(["http", "grpc", "tcp", "tls", "redis"]), st.text(max_size=20))
def test_what_follows_the_hyphen_does_not_matter(token: str, rest: str) -> None:
    suffixed = declared(8080, f"{token}-{rest}", None, None, NOW).protocol
    if not f"{token}-{rest}".lower().startswith("grpc-web"):
        assert suffixed is declared(8080, token, None, None, NOW).protocol


def test_the_deciding_field_is_named() -> None:
    assert declared(80, "http", None, "foo", NOW).source == "none"
    assert declared(80, "http", None, "tcp", NOW).source == "appProtocol"
    assert declared(80, "http", None, None, NOW).source == "name"
    assert declared(53, "x", None, None, NOW).source == "port"
    assert "'foo'" in declared(80, "http", None, "foo", NOW).reason


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        (Protocol.HTTP, "http"),
        (Protocol.GRPC_WEB, "http"),
        (Protocol.HTTPS, "tls"),
        (Protocol.MONGO, "tcp"),
        (Protocol.TCP, "tcp"),
        (Protocol.UDP, "udp"),
        (Protocol.AUTO, "auto"),
    ],
)
def test_data_path_class(protocol: Protocol, expected: str) -> None:
    assert protocol.data_path_class == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HTTP", Protocol.HTTP),
        ("grpc-WEB", Protocol.GRPC_WEB),
        ("mongo", Protocol.MONGO),
        ("", Protocol.AUTO),
        ("http-web", None),
        ("auto", None),
        ("h2c", None),
        ("postgres", None),
    ],
)
def test_exact_token(text: str, expected: Protocol | None) -> None:
    assert exact_token(text) is expected


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        ("http", "HTTP"),
        ("ws", "HTTP"),
        ("http2", "HTTP2"),
        ("grpc", "GRPC"),
        ("https", "TLS"),
        ("tls", "TLS"),
        ("rediss", "TLS"),
        ("postgres", "TCP"),
        ("mysql", "TCP"),
        ("mongo", "TCP"),
        ("redis", "TCP"),
        ("smtp", "TCP"),
        ("statsd", "UDP"),
        ("something", "TCP"),
    ],
)
def test_service_entry_protocol(spoken: str, expected: str) -> None:
    assert service_entry_protocol(spoken) == expected


@given(st.text())
def test_service_entry_protocol_is_always_a_token(spoken: str) -> None:
    assert exact_token(service_entry_protocol(spoken)) is not None


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        ("HTTP", "http"),
        ("http2", "http2"),
        ("grpc", "grpc"),
        ("grpc-web", "grpc-web"),
        ("https", "https"),
        ("wss", "https"),
        ("amqps", "tls"),
        ("mysql", "tcp"),
        ("mongo", "tcp"),
        ("redis", "tcp"),
        ("kafka", "tcp"),
        ("dns", None),
        ("something", None),
    ],
)
def test_app_protocol_for(spoken: str, expected: str | None) -> None:
    assert app_protocol_for(spoken) == expected


@pytest.mark.parametrize("spoken", sorted(CARRIERS))
def test_what_we_tell_istio_is_what_istio_understands(spoken: str) -> None:
    expected = {
        Carrier.HTTP: "http",
        Carrier.HTTP2: "http",
        Carrier.GRPC: "http",
        Carrier.GRPC_WEB: "http",
        Carrier.TLS: "tls",
        Carrier.TCP: "tcp",
        Carrier.UDP: "udp",
    }[CARRIERS[spoken]]
    entry = exact_token(service_entry_protocol(spoken))
    assert entry is not None
    assert entry.data_path_class == expected
    token = app_protocol_for(spoken)
    if token is None:
        assert expected == "udp"
    else:
        for version in (Version(1, 6), NOW):
            assert declared(1234, "web", None, token, version).protocol.data_path_class == expected


def test_secured_words_are_tls() -> None:
    assert {carrier(word) for word in SECURED.values()} == {Carrier.TLS}
    assert SECURED.keys() <= CARRIERS.keys()
