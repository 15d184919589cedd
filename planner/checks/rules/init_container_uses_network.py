"""Init containers that call somebody.

What it finds:
    Init containers in whose command, arguments or variables a callee stands, or whose image or command is made
    to call (curl, a database migration). What happens to the call depends on native sidecars and Istio CNI.

Why it matters:
    Before a classic proxy runs, such a call goes out in plaintext, or with Istio CNI nowhere at all; the pod
    then never starts.

Blocked:
    initContainers:      # with Istio CNI and classic sidecars
      - image: busybox
        command: [sh, -c, "until nc -z db 5432; do sleep 1; done"]

Ready:
    initContainers:
      - image: busybox
        command: [chown, -R, "999:999", /data]

How to fix:
    Use native sidecars, or let the init container run as user 1337, or exclude its target from redirection.

Source: istio/istio cni/pkg/plugin/plugin.go, injection-template.yaml of the istio-discovery chart; istio.io
setup/additional-setup/cni.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.init_calls import InitCall, init_calls
from planner.checks.words import some
from planner.mesh.init_containers import PROXY_UID, InitNetwork, init_network
from planner.model.fields import int_at
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.refs import WORKLOAD_KINDS
from planner.model.workloads import Workload

RULE = Rule(
    id="MP106",
    name="init-container-uses-network",
    title="An init container calls somebody before the proxy runs",
    severity=Severity.HIGH,
    why="Without a native sidecar the call goes out in plaintext or, with Istio CNI, not at all.",
    fix="Use native sidecars, so that the proxy starts before the application's init containers.",
    kinds=WORKLOAD_KINDS,
    before=Before.RESTART,
)


def check(context: Context) -> Iterator[Finding]:
    """Flag every init container that calls."""
    for workload in context.workloads:
        if workload.host_network:
            continue
        for call in init_calls(context, workload):
            yield _finding(context, workload, call)


def _finding(context: Context, workload: Workload, call: InitCall) -> Finding:
    network = init_network(cni=context.cni, native=context.native(workload).enabled, excluded=_excluded(workload, call))
    whom = f"calls {some(call.targets)}" if call.targets else f"seems to call somebody ({call.why})"
    message = f"init container {call.container.name} {whom}: {network.reason}"
    outcome, severity = _weigh(network)
    return finding(
        RULE, workload.ref, message, call.evidence or (cite(RULE, workload.object, call.path, call.why),),
        outcome=outcome, severity=severity, confidence=0.95 if call.targets else 0.6,
        fix=f"{network.fix[0].upper()}{network.fix[1:]}." if network.fix else "",
        detail=call.container.name, before=Before.STRICT if outcome is Outcome.ADVICE else None,
    )  # fmt: skip


def _weigh(network: InitNetwork) -> tuple[Outcome, Severity]:
    if network.works is None:
        return Outcome.UNKNOWN, Severity.HIGH
    if not network.works:
        return Outcome.BLOCKED, Severity.HIGH
    return (Outcome.READY, Severity.LOW) if network.transport == "mesh" else (Outcome.ADVICE, Severity.MEDIUM)


def _excluded(workload: Workload, call: InitCall) -> bool:
    own = int_at(call.container.raw, "securityContext", "runAsUser")
    pod = int_at(workload.pod_spec, "securityContext", "runAsUser")
    return (pod if own is None else own) == PROXY_UID
