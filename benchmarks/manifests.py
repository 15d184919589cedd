"""The Kubernetes objects of a made-up company, as YAML text, one file per namespace."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from benchmarks import workloads
from benchmarks.pods import Object, new
from benchmarks.topology import MONITORING, Call, Company, Place, Program

_PORTS = (8080, 9090, 5432, 3306, 6379, 27017, 5672, 9092)
"""Every port that a container of the company listens on."""

_SCRAPING = """global:
  scrape_interval: 30s
scrape_configs:
  - job_name: pods
    kubernetes_sd_configs:
      - role: pod
    relabel_configs:
      - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape]
        regex: "true"
        action: keep
"""


class _Dumper(yaml.CSafeDumper):
    """Writes every object in full, and text of several lines as a block, as people do."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the signature is PyYAML's
        """Never write an anchor: manifests have none."""
        return True


def _text(dumper: yaml.CSafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def namespace_files(company: Company) -> Iterator[tuple[str, str]]:
    """Give the name and the text of one multi-document file per namespace, in the company's order."""
    calls: dict[str, list[Call]] = {}
    for call in company.calls:
        if call.static:
            calls.setdefault(call.source.ref, []).append(call)
    inhabitants: dict[str, list[Program]] = {}
    for program in company.programs:
        inhabitants.setdefault(program.namespace, []).append(program)
    doors: dict[str, list[Object]] = {}
    for number, program in enumerate(company.ingresses):
        doors.setdefault(program.namespace, []).append(_ingress(program, number))
    for place in company.places:
        objects = _namespace(place)
        for program in inhabitants.get(place.name, []):
            objects += workloads.objects(program, calls.get(program.ref, []), company.size.seed)
        objects += doors.get(place.name, [])
        yield place.name, yaml.dump_all(objects, Dumper=_Dumper, sort_keys=False, width=200)


def _namespace(place: Place) -> list[Object]:
    """The namespace itself, and what stands in it once."""
    labels = {
        "team": place.team,
        "pod-security.kubernetes.io/enforce": "privileged" if place.layer == 3 else "baseline",
    }
    found: list[Object] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": place.name, "labels": labels}}
    ]
    if place.name == MONITORING:
        return found + _monitoring()
    allow = {"ports": [{"protocol": "TCP", "port": port} for port in _PORTS]}
    spec = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [allow, {"from": [{"podSelector": {}}]}]}
    if len(place.name) % 3 == 0:
        found.append(new("networking.k8s.io/v1", "NetworkPolicy", place.name, "perimeter", {"spec": spec}))
    return found


def _monitoring() -> list[Object]:
    """Scraping of every annotated pod, and an agent on every node."""
    container = {"name": "agent", "image": "quay.io/prometheus/node-exporter:v1.9.0"}
    labels = {"app.kubernetes.io/name": "node-exporter"}
    pod = {"metadata": {"labels": labels}, "spec": {"hostNetwork": True, "containers": [container]}}
    spec = {"selector": {"matchLabels": labels}, "template": pod}
    return [
        new("v1", "ConfigMap", MONITORING, "prometheus", {"data": {"prometheus.yml": _SCRAPING}}),
        new("apps/v1", "DaemonSet", MONITORING, "node-exporter", {"spec": spec}),
    ]


def _ingress(program: Program, number: int) -> Object:
    """A host name of its own that leads to one program."""
    backend = {"service": {"name": program.name, "port": {"number": program.port}}}
    rule = {
        "host": f"{program.name}-{number}.example.com",
        "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]},
    }
    spec = {"ingressClassName": "nginx", "rules": [rule]}
    return new("networking.k8s.io/v1", "Ingress", program.namespace, f"door-{number}", {"spec": spec})
