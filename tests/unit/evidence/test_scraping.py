"""Scrape configurations and monitors."""

from __future__ import annotations

import pytest

from evidence.manifests import config_map, deployment, mounting, service

JOBS = """\
scrape_configs:
- job_name: services
  kubernetes_sd_configs:
  - role: endpoints
  relabel_configs:
  - source_labels: [__meta_kubernetes_service_annotation_prometheus_io_scrape]
    action: keep
    regex: true
  - source_labels: [__address__, __meta_kubernetes_service_annotation_prometheus_io_port]
    action: replace
    target_label: __address__
    regex: ([^:]+)(?::\\d+)?;(\\d+)
    replacement: $1:$2
"""


def _scraped(result) -> set[str]:
    return {
        f.id
        for f in result.flows
        if f.source.name in ("prometheus", "k8s") and f.target.text != "cluster:kube-apiserver"
    }


def _annotated(name: str, *ports, port: str = "") -> str:
    extra = f"    prometheus.io/port: '{port}'\n" if port else ""
    annotations = f"  annotations:\n    prometheus.io/scrape: 'true'\n{extra}"
    return service(name, *ports).replace("  namespace: shop\n", f"  namespace: shop\n{annotations}", 1)


def test_annotated_services(discover):
    result = discover(
        config_map("c", prometheus_yml=JOBS), mounting("prometheus", "c"), _annotated("a", 80), service("b", 80)
    )
    assert _scraped(result) == {"shop/prometheus -> shop/a:80"}


def test_port_annotation(discover):
    result = discover(
        config_map("c", prometheus_yml=JOBS), mounting("prometheus", "c"), _annotated("a", 80, 81, port="9090")
    )
    assert _scraped(result) == {"shop/prometheus -> shop/a:9090"}


def test_port_annotation_that_names_the_target_port(discover):
    texts = _annotated("a", (80, "", 9090), port="9090"), deployment("a", "ports:\n- containerPort: 9090\n")
    result = discover(config_map("c", prometheus_yml=JOBS), mounting("prometheus", "c"), *texts)
    assert _scraped(result) == {"shop/prometheus -> shop/a:80"}


def test_annotations_without_a_scraper_say_nothing(discover):
    assert not discover(_annotated("a", 80)).flows


def test_discovery_asks_the_api_server(discover):
    result = discover(config_map("c", prometheus_yml=JOBS), mounting("prometheus", "c"))
    assert "shop/prometheus -> cluster:kube-apiserver:443" in {flow.id for flow in result.flows}


def test_the_api_server_is_kept_by_name(discover):
    jobs = JOBS.replace(
        "__meta_kubernetes_service_annotation_prometheus_io_scrape",
        "__meta_kubernetes_namespace, __meta_kubernetes_service_name, __meta_kubernetes_endpoint_port_name",
    ).replace("regex: true", "regex: default;kubernetes;https")
    result = discover(config_map("c", prometheus_yml=jobs), mounting("prometheus", "c"), service("a", 80))
    assert _scraped(result) == set()


def test_fixed_targets(discover):
    jobs = (
        "scrape_configs:\n- job_name: x\n  scheme: https\n  static_configs:\n"
        "  - targets: ['a:9100', 'localhost:9090']\n"
    )
    result = discover(config_map("c", prometheus_yml=jobs), mounting("prometheus", "c"), service("a", 9100))
    (flow,) = result.flows
    assert (flow.id, flow.protocol) == ("shop/prometheus -> shop/a:9100", "https")


def test_targets_of_a_prober_are_the_probers(discover):
    jobs = (
        "scrape_configs:\n- job_name: x\n  static_configs:\n  - targets: ['https://www.acme.io']\n  relabel_configs:\n"
        "  - source_labels: [__address__]\n    target_label: __param_target\n"
        "  - target_label: __address__\n    replacement: blackbox:9115\n"
    )
    result = discover(config_map("c", prometheus_yml=jobs), mounting("prometheus", "c"), service("blackbox", 9115))
    assert _scraped(result) == {"shop/prometheus -> shop/blackbox:9115"}


def test_no_choice_means_everything(discover):
    jobs = "scrape_configs:\n- job_name: x\n  kubernetes_sd_configs:\n  - role: pod\n"
    result = discover(config_map("c", prometheus_yml=jobs), mounting("prometheus", "c"), service("a", 80))
    assert _scraped(result) == {"shop/prometheus -> */*"}


def test_alerts_go_to_the_alertmanager(discover):
    text = "alerting:\n  alertmanagers:\n  - static_configs:\n    - targets: [alerts:9093]\n" + JOBS
    result = discover(config_map("c", prometheus_yml=text), mounting("prometheus", "c"), service("alerts", 9093))
    assert "shop/prometheus -> shop/alerts:9093" in _scraped(result)


def test_log_shippers_scrape_nothing(discover):
    text = "positions:\n  filename: /p\nclients:\n- url: http://loki:3100/push\n" + JOBS
    result = discover(
        config_map("c", promtail_yml=text), mounting("prometheus", "c"), _annotated("a", 80), service("loki", 3100)
    )
    assert _scraped(result) == {"shop/prometheus -> shop/loki:3100"}


PROMETHEUS = (
    "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\n"
    "metadata: {name: k8s, namespace: mon}\nspec:\n  serviceMonitorSelector: {}\n"
    "  serviceMonitorNamespaceSelector: {}\n  podMonitorSelector: {}\n"
    "  podMonitorNamespaceSelector: {}\n"
)
MONITOR = (
    "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\n"
    "metadata: {name: m, namespace: shop}\nspec:\n  selector:\n    matchLabels: {team: a}\n"
    "  endpoints:\n  - port: metrics\n"
)


def _labelled(name: str) -> str:
    return service(name, (9090, "metrics"), 80).replace(
        "  namespace: shop\n", "  namespace: shop\n  labels: {team: a}\n", 1
    )


def test_service_monitor(discover):
    assert _scraped(discover(PROMETHEUS, MONITOR, _labelled("a"), service("b", (9090, "metrics")))) == {
        "mon/k8s -> shop/a:9090"
    }


def test_absent_selector_picks_nothing(discover):
    assert not _scraped(discover(PROMETHEUS.replace("  serviceMonitorSelector: {}\n", ""), MONITOR, _labelled("a")))


def test_absent_namespace_selector_means_the_own_namespace(discover):
    text = PROMETHEUS.replace("  serviceMonitorNamespaceSelector: {}\n", "")
    assert not _scraped(discover(text, MONITOR, _labelled("a")))
    assert _scraped(discover(text.replace("namespace: mon", "namespace: shop"), MONITOR, _labelled("a")))


def test_pod_monitor(discover):
    monitor = (
        MONITOR.replace("ServiceMonitor", "PodMonitor")
        .replace("endpoints", "podMetricsEndpoints")
        .replace("{team: a}", "{app: a}")
    )
    result = discover(PROMETHEUS, monitor, deployment("a", "ports:\n- {containerPort: 9102, name: metrics}\n"))
    assert _scraped(result) == {"mon/k8s -> shop/a:9102"}


@pytest.mark.parametrize("regex", ["(a+)+$", "(", "[", "(?P<x", "a{99999999999}", "((a*)*)*b"])
def test_patterns_that_are_broken_or_endless(discover, regex):
    jobs = JOBS.replace("regex: true", f"regex: '{regex}'")
    discover(config_map("c", prometheus_yml=jobs), mounting("prometheus", "c"), _annotated("a" * 60, 80))
