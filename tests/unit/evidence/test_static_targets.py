"""Fixed targets of monitors, and monitors of VictoriaMetrics."""

from __future__ import annotations

from evidence.manifests import config_map, deployment, mounting, service

MON = "apiVersion: monitoring.coreos.com/v1\n"
PROMETHEUS = MON + (
    "kind: Prometheus\nmetadata: {name: k8s, namespace: shop}\n"
    "spec: {probeSelector: {}, scrapeConfigSelector: {matchLabels: {team: a}}}\n"
)
PROBE = MON + (
    "kind: Probe\nmetadata: {name: p, namespace: shop}\nspec:\n  prober: {url: 'blackbox:9115'}\n"
    "  targets: {staticConfig: {static: ['http://web.shop.svc:8080/health', 'api.acme.io']}}\n"
)
EXPORTER = (deployment("blackbox", image="prom/blackbox-exporter:v0.25"), service("blackbox", 9115))


def _ids(result) -> set[str]:
    return {flow.id for flow in result.flows if flow.confidence >= 0.5}


def test_prober_calls_the_targets_and_the_scraper_the_prober(discover):
    assert _ids(discover(PROMETHEUS, PROBE, service("web", 8080), *EXPORTER)) == {
        "shop/k8s -> shop/blackbox:9115",
        "shop/blackbox -> shop/web:8080",
        "shop/blackbox -> external:api.acme.io",
    }


def test_probe_that_nobody_picks(discover):
    assert not _ids(discover(PROMETHEUS.replace("probeSelector: {}, ", ""), PROBE, service("web", 8080), *EXPORTER))


def test_scrape_config(discover):
    config = MON + (
        "kind: ScrapeConfig\nmetadata: {name: c, namespace: shop, labels: {team: a}}\nspec:\n"
        "  staticConfigs: [{targets: ['web:8080']}]\n  kubernetesSDConfigs: [{role: Node}]\n"
    )
    found = _ids(discover(PROMETHEUS, config, service("web", 8080)))
    assert found == {"shop/k8s -> shop/web:8080", "shop/k8s -> cluster:kube-apiserver:443"}


def test_scrape_config_of_another_team(discover):
    config = MON + (
        "kind: ScrapeConfig\nmetadata: {name: c, namespace: shop, labels: {team: b}}\n"
        "spec: {staticConfigs: [{targets: ['web:8080']}]}\n"
    )
    assert not _ids(discover(PROMETHEUS, config, service("web", 8080)))


def test_victoria_metrics_scrapes_what_its_own_kinds_pick(discover):
    group = "apiVersion: operator.victoriametrics.com/v1beta1\n"
    agent = group + "kind: VMAgent\nmetadata: {name: vm, namespace: shop}\nspec: {selectAllByDefault: true}\n"
    scrape = group + (
        "kind: VMServiceScrape\nmetadata: {name: s, namespace: shop}\n"
        "spec: {selector: {matchLabels: {team: a}}, endpoints: [{port: http}]}\n"
    )
    web = service("web", (8080, "http")).replace("  name: web\n", "  name: web\n  labels: {team: a}\n", 1)
    assert _ids(discover(agent, scrape, web)) == {"shop/vm -> shop/web:8080"}


def test_victoria_metrics_without_a_selector_scrapes_nothing(discover):
    group = "apiVersion: operator.victoriametrics.com/v1beta1\n"
    agent = group + "kind: VMAgent\nmetadata: {name: vm, namespace: shop}\nspec: {}\n"
    scrape = group + (
        "kind: VMServiceScrape\nmetadata: {name: s, namespace: shop}\nspec: {selector: {}, endpoints: [{port: http}]}\n"
    )
    assert not _ids(discover(agent, scrape, service("web", (8080, "http"))))


def test_ports_for_datagrams_are_not_scraped(discover):
    jobs = (
        "scrape_configs:\n- job_name: x\n  kubernetes_sd_configs:\n  - role: pod\n  relabel_configs:\n"
        "  - source_labels: [__meta_kubernetes_pod_label_app]\n    action: keep\n    regex: web\n"
    )
    pod = deployment("web", "ports:\n- {containerPort: 8080}\n- {containerPort: 6831, protocol: UDP}\n")
    result = discover(config_map("c", prometheus_yml=jobs), mounting("prometheus", "c"), pod)
    assert {flow.id for flow in result.flows if flow.target.name == "web"} == {"shop/prometheus -> shop/web:8080"}
