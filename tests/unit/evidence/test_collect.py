"""The whole of discovery: merging, order, speed, and that nothing makes it fail."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from evidence.manifests import application, config_map, deployment, environment, mounting, service
from planner.evidence.collect import collect
from planner.evidence.merge import combined
from planner.evidence.text import addresses, comments, config, general, keyed, nginx, prometheus, shell, values
from planner.model.flow import Evidence
from planner.settings import Settings
from tests.builders import hang_guard


def _evidence(reader: str, confidence: float) -> Evidence:
    return Evidence(reader, "f", 1, "o", "p", confidence)


def test_equal_flows_keep_all_evidence(discover):
    texts = (
        service("cart", 80),
        deployment("web", environment(A_URL="http://cart", B_URL="http://cart:80") + "args: ['http://cart']\n"),
    )
    (flow,) = application(discover(*texts).flows).values()
    assert {item.reader for item in flow.evidence} == {"environment", "arguments"}
    assert flow.confidence == 0.99


def test_one_reader_twice_counts_once():
    assert combined([_evidence("a", 0.6), _evidence("a", 0.6)]) == 0.6


def test_independent_readers_add_up_but_never_to_one():
    assert combined([_evidence("a", 0.5), _evidence("b", 0.5)]) == 0.75
    assert combined([_evidence(str(n), 0.9) for n in range(9)]) == 0.99


def test_only_the_users_word_is_certain():
    assert combined([_evidence("declared", 1.0), _evidence("a", 0.3)]) == 1.0


def test_pair_without_port_joins_the_one_with_port(discover):
    texts = service("cart", 80, 81), deployment("web", environment(CART_HOST="cart", CART_URL="http://cart:81"))
    assert list(application(discover(*texts).flows)) == ["shop/web -> shop/cart:81"]


def test_service_of_outside_addresses_is_egress(discover):
    svc = "apiVersion: v1\nkind: Service\nmetadata: {name: db, namespace: shop}\nspec:\n  ports:\n  - port: 5432\n"
    endpoints = (
        "apiVersion: v1\nkind: Endpoints\nmetadata: {name: db, namespace: shop}\nsubsets:\n"
        "- addresses:\n  - ip: 10.1.2.3\n  ports:\n  - port: 5432\n"
    )
    (flow,) = application(discover(svc, endpoints, deployment("web", environment(DB_HOST="db"))).flows).values()
    assert (flow.target.text, flow.boundary, flow.external_name) == ("shop/db", "egress", "10.1.2.3")


def test_headless_peers_of_ones_own_are_believed(discover):
    texts = (
        service("es", 9300, extra="clusterIP: None\n"),
        deployment("es", environment(DISCOVERY_SEED_HOSTS="es-0.es,es-1.es"), kind="StatefulSet"),
    )
    assert "shop/es -> shop/es:9300" in application(discover(*texts).flows)


def test_custom_resource_to_a_service(discover):
    text = (
        "apiVersion: acme.io/v1\nkind: Thing\nmetadata: {name: t, namespace: shop}\nspec:\n"
        "  target: {url: 'http://cart:80/x'}\n  docs: https://www.acme.io\n"
    )
    found = application(discover(text, service("cart", 80)).flows)
    assert list(found) == ["shop/t -> shop/cart:80"]


def test_issuer_is_called_by_its_controller(discover):
    text = (
        "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: le}\nspec:\n  acme:\n"
        "    server: https://acme-v02.api.letsencrypt.org/directory\n"
    )
    controller = deployment("cm", image="quay.io/jetstack/cert-manager-controller:v1")
    assert "shop/cm -> external:acme-v02.api.letsencrypt.org:443" in application(discover(text, controller).flows)


def test_network_policy_is_only_a_hint(discover):
    text = (
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        "metadata: {name: n, namespace: shop}\nspec:\n  podSelector:\n    matchLabels: {app: b}\n"
        "  ingress:\n  - from:\n    - podSelector:\n        matchLabels: {app: a}\n    ports:\n"
        "    - port: 8080\n"
    )
    (flow,) = discover(text, deployment("a"), deployment("b"), service("b", (80, "", 8080))).flows
    assert (flow.id, flow.confidence) == ("shop/a -> shop/b:80", 0.45)


def test_same_result_whatever_the_files_are_called(discover, tmp_path, snapshot):
    texts = [
        service("cart", 80),
        deployment("web", environment(CART_URL="http://cart")),
        deployment("b", environment(X_URL="http://cart")),
    ]
    first = collect(snapshot(*texts), Settings())
    second = collect(snapshot(*reversed(texts)), Settings())
    assert [flow.id for flow in first.flows] == [flow.id for flow in second.flows]
    assert [flow.confidence for flow in first.flows] == [flow.confidence for flow in second.flows]


def test_two_thousand_services_in_two_seconds(snapshot):
    texts = []
    for n in range(2000):
        variables = environment(
            **{f"S{k}_URL": f"http://svc-{(n + k) % 2000}.ns-{(n + k) % 2000 % 40}:80" for k in range(3)}
        )
        texts.append(
            service(f"svc-{n}", 80, namespace=f"ns-{n % 40}")
            + "---\n"
            + deployment(f"svc-{n}", variables, namespace=f"ns-{n % 40}")
        )
    read = snapshot("---\n".join(texts))
    assert len(collect(read, Settings()).flows) == 6000


def test_a_large_dashboard_is_passed_over(snapshot):
    board = json.dumps(
        {"panels": [{"url": f"https://x{n}.acme.io:443/d"} for n in range(20000)], "schemaVersion": 1}, indent=1
    )
    read = snapshot(config_map("c", a_json=board), mounting("web", "c"))
    with hang_guard():
        assert not collect(read, Settings()).flows


_NOISY = st.text(alphabet=st.sampled_from(list("abAB01:/.@-_=$(){}[]<>,;'\"#\\ \n\t*|&%~é")), max_size=200)


@given(st.one_of(st.text(max_size=300), _NOISY))
def test_any_text_can_be_read(text):
    list(addresses.in_line(text))
    addresses.bare(text)
    list(values.found(text[:40], text))
    list(keyed.entries(text))
    list(general.read(text, {}))
    list(nginx.read(text))
    list(shell.read(text, {"A": text}))
    list(config.read("x.conf", "host: a\n" + text, {}))
    prometheus.jobs("scrape_configs:\n" + text)
    prometheus.without_jobs(text)
    for line in text.splitlines():
        comments.stripped(line)


@given(
    st.sampled_from(
        [
            "a",
            "a.",
            "a:",
            "://",
            "a://",
            "a:80",
            "host ",
            "$(",
            "${a",
            "- ",
            "{",
            "[",
            "=",
            "a=",
            '"',
            "/",
            "server ",
            "proxy_pass ",
        ]
    )
)
def test_repetition_does_not_hang(piece):
    text = piece * 20000
    with hang_guard():
        list(addresses.in_line(text))
        list(values.found("host", text))
        list(general.read(text, {}))
        list(nginx.read(text))
        list(shell.read(text, {}))


def test_a_host_that_an_ingress_serves_is_no_placeholder(snapshot):
    ingress = (
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\n"
        "spec: {rules: [{host: login.acme.example.com}]}\n"
    )
    calling = deployment("web", environment(ISSUER_API_URL="https://login.acme.example.com/keys"))
    assert "external:login.acme.example.com" not in {
        f.target.text for f in collect(snapshot(calling), Settings()).flows
    }
    found = collect(snapshot(f"{calling}---\n{ingress}"), Settings()).flows
    assert "external:login.acme.example.com" in {flow.target.text for flow in found}
