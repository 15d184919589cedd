"""What is spoken on a flow."""

from __future__ import annotations

import pytest

from evidence.manifests import application, deployment, environment, service


def _protocol(discover, value: str, port, name: str = "X_ADDR", body: str = "", image: str = "team/app:1") -> str:
    texts = service("b", port), deployment("b", body, image=image), deployment("a", environment(**{name: value}))
    (flow,) = application(discover(*texts).flows).values()
    return flow.protocol


@pytest.mark.parametrize(
    ("value", "port", "said"),
    [
        ("http://b:99", 99, "http"),
        ("https://b:99", 99, "https"),
        ("redis://b:99", 99, "redis"),
        ("jdbc:mysql://b:99/x", 99, "mysql"),
        ("mongodb://b:99/x", 99, "mongo"),
        ("b:99", (99, "grpc"), "grpc"),
        ("b:99", (99, "http-api"), "http"),
        ("b:99", (99, "tcp-redis"), "redis"),
        ("http://b:99", (99, "grpc"), "grpc"),
        ("http://b:4317", 4317, "grpc"),
        ("tcp://b:6379", 6379, "redis"),
        ("b:5432", 5432, "postgres"),
        ("b:99", 99, "unknown"),
        ("b:99", (99, "tcp"), "tcp"),
    ],
)
def test_scheme_then_name_then_number(discover, value, port, said):
    assert _protocol(discover, value, port) == said


def test_image_behind_the_port(discover):
    assert _protocol(discover, "b:99", (99, "tcp-db"), image="docker.io/library/postgres:16") == "postgres"


def test_probe_beats_the_ports_number(discover):
    body = "ports:\n- containerPort: 3306\nreadinessProbe:\n  httpGet: {port: 3306, path: /}\n"
    assert _protocol(discover, "b:3306", (3306, "db"), body=body) == "http"


def test_name_of_the_variable(discover):
    assert _protocol(discover, "b:99", 99, name="REDIS_ADDR") == "redis"


def test_declared_is_what_istio_takes_the_port_for(discover):
    texts = service("b", (99, "redis")), deployment("a", environment(X_ADDR="b:99"))
    (flow,) = application(discover(*texts).flows).values()
    assert flow.declared == "REDIS"


def test_a_number_of_one_product_beats_the_image_of_another(discover):
    assert _protocol(discover, "b:2181", (2181, "client"), image="team/kafka:3") == "zookeeper"
    assert _protocol(discover, "b:8080", 8080, image="team/kafka:3") == "kafka"


def test_a_word_for_the_web_and_a_habit_are_the_last_to_say(discover):
    assert _protocol(discover, "b:99", 99, name="B_WEB_ADDR") == "http"
    assert _protocol(discover, "b:99", 99, name="WEB_REDIS_ADDR") == "redis"
    assert _protocol(discover, "b:3000", 3000) == "http"
    assert _protocol(discover, "b:3000", (3000, "tcp-sql"), name="MYSQL_ADDR") == "mysql"


def test_of_several_ports_the_only_one_for_callers_is_taken(discover):
    texts = service("b", (99, "api"), (98, "metrics")), deployment("b"), deployment("a", environment(B_HOST="b"))
    assert list(application(discover(*texts).flows)) == ["shop/a -> shop/b:99"]


def test_a_test_with_its_applications_labels_calls_it(discover):
    labels = "labels: {app: b}"
    pod = (
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: check, namespace: shop, {labels}}}\n"
        "spec:\n  restartPolicy: Never\n  containers:\n  - name: c\n    image: curl\n    args: [curl, 'http://b:99']\n"
    )
    assert "shop/check -> shop/b:99" in application(discover(service("b", 99), deployment("b"), pod).flows)


@pytest.mark.parametrize(
    ("value", "port", "by"),
    [
        ("http://b:99", 99, "the scheme of the address"),
        ("b:99", (99, "grpc"), "the name of the port"),
        ("b:5432", 5432, "the number of the port"),
        ("b:3000", 3000, "a habit of that port number"),
        ("b:99", 99, ""),
    ],
)
def test_a_flow_tells_what_says_its_protocol(discover, value, port, by):
    texts = service("b", port), deployment("b"), deployment("a", environment(X_ADDR=value))
    (flow,) = application(discover(*texts).flows).values()
    assert flow.protocol_by == by


def test_a_copied_name_does_not_beat_number_and_image(discover):
    assert _protocol(discover, "b:6379", (6379, "http"), image="redis:7-alpine") == "redis"
    assert _protocol(discover, "b:6379", (6379, "http")) == "http"
    assert _protocol(discover, "b:6379", (6379, "http"), name="REDIS_ADDR") == "redis"


def test_udp_ports_speak_nothing_of_tcp(discover):
    def said(number: int, name: str) -> str:
        text = service("b", (number, name)).replace("  - port:", "  - protocol: UDP\n    port:")
        (flow,) = application(
            discover(text, deployment("b"), deployment("a", environment(X=f"b:{number}"))).flows
        ).values()
        return flow.protocol

    assert [said(50000, "media"), said(53, "dns"), said(8125, "metrics")] == ["udp", "dns", "statsd"]


def test_another_caller_of_the_port_knows_better_than_nobody(discover):
    texts = service("b", 99), deployment("b"), deployment("a", environment(X="b:99"))
    url = deployment("c", environment(X="http://b:99"))
    both = application(discover(*texts, url).flows)
    assert {flow.protocol for flow in both.values()} == {"http"}
    assert both["shop/a -> shop/b:99"].protocol_by == "another caller of that port"
    third = deployment("d", environment(X="grpc://b:99"))
    assert application(discover(*texts, url, third).flows)["shop/a -> shop/b:99"].protocol == "unknown"


def test_a_program_that_uses_a_database_is_none(discover):
    assert _protocol(discover, "b:99", 99, image="team/app-server-mysql:1") == "unknown"
    assert _protocol(discover, "b:99", 99, image="team/shop-mysql:8") == "mysql"
