"""What to ask from the application's own container once its pod has a proxy.

Source: istio/istio tools/istio-iptables/pkg/capture/run.go (the proxy's container is exempt from redirection, so a
check from there proves nothing).
"""

from __future__ import annotations

from planner.bundle.rollout_limits import ROLLING_KINDS
from planner.bundle.work import Work
from planner.mesh.hostnames import is_cidr, is_wildcard
from planner.mesh.spoken import Carrier, carrier
from planner.model.bundle import EgressCheck
from planner.model.plan import Phase
from planner.model.workloads import Workload
from planner.plan.external_hosts import outside_host

PROXY = "istio-proxy"


def egress_checks(work: Work, phase: Phase) -> tuple[EgressCheck, ...]:
    """List a check per caller that joins and host that it calls; wildcards and ranges name nothing to ask."""
    found = set()
    for workload in work.joining(phase):
        container = application_container(workload)
        if workload.ref.kind not in ROLLING_KINDS or not container:
            continue
        for flow in work.graph.calls_of(workload.ref):
            host = outside_host(flow, work.facts.cluster_domain)
            if host and flow.port and not is_wildcard(host) and not is_cidr(host):
                key = (workload.ref.namespace, f"{workload.ref.kind.lower()}/{workload.ref.name}", container)
                found.add((*key, host, flow.port, _scheme(flow.protocol)))
    return tuple(EgressCheck(*item) for item in sorted(found))


def application_container(workload: Workload) -> str:
    """Name the first container that is neither an init container nor a proxy; empty where there is none."""
    return next((c.name for c in workload.containers if not c.init and c.name != PROXY), "")


def _scheme(spoken: str) -> str:
    if spoken in ("https", "wss"):
        return "https"
    return "http" if carrier(spoken) is Carrier.HTTP else "tcp"
