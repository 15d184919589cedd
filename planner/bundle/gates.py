"""What must be true before the next step or phase, and how to see it.

Source: istio.io tasks/security/authentication/mtls-migration (no plaintext before STRICT),
ops/best-practices/traffic-management. How long to look for plaintext is meshplan's own caution.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from planner.bundle.settling import by_position
from planner.bundle.step_names import CANARY, CLOSE_MESH, CLOSE_NAMESPACES, GUARD, LABEL, PORTS, RESTART, STRICT
from planner.model.bundle import StepBundle
from planner.model.plan import Gate, Phase

_PLAINTEXT = (
    'sum by (source_workload) (increase(istio_requests_total{reporter="destination",'
    'connection_security_policy="none"%s}[7d]))'
)
_SOAK = {CANARY: "one hour", RESTART: "one full day with its peak and its nightly jobs"}


def gates(
    phase: Phase,
    steps: tuple[StepBundle, ...],
    checks: int,
    closing: tuple[str, ...] = (),
    runs: tuple[tuple[str, tuple[str, ...]], ...] = (),
) -> tuple[Gate, ...]:
    """List the gates of a phase, in the order of its steps.

    Args:
        phase: The phase.
        steps: Its steps, with what is to be settled.
        checks: How many hosts outside are asked.
        closing: Namespaces that become STRICT in it.
        runs: Jobs that may still run without a proxy and call into them, with the ids of their calls.

    Returns:
        Gates; `after` is empty for what must hold before the first step.
    """
    prior = by_position(steps)
    before = [gate for step in steps for gate in _before_step(step, prior[step.name], closing, runs)]
    found = [gate for gate in before if not gate.after]
    for step in steps:
        found.extend(_of_step(phase, step, checks))
        found.extend(gate for gate in before if gate.after == step.name)
    return tuple(found)


def _before_step(
    step: StepBundle, after: str, closing: tuple[str, ...], runs: tuple[tuple[str, tuple[str, ...]], ...]
) -> Iterator[Gate]:
    """Give what must hold before a step; it closes the step before."""
    for item in step.settle:
        yield Gate(f"settled-{item.id}", f"settled: {item.rule} {item.subject}: {item.message}", "", after)
    if step.name in (STRICT, CLOSE_NAMESPACES):
        for namespace in closing:
            yield _no_plaintext(namespace, step.name, after)
        for name, flows in runs:
            text = f"no run of {name} from before its namespace had the label is left ({', '.join(flows)})"
            yield Gate(f"run-ended-{name.lower().replace(' ', '-').replace('/', '-')}", text, "", after)
    if step.name == CLOSE_MESH:
        text = f"no plaintext has reached any namespace of the mesh for a week, but for named exceptions ({step.name})"
        yield Gate("plaintext-mesh", text, _PLAINTEXT % "", after)


def _of_step(phase: Phase, step: StepBundle, checks: int) -> Iterator[Gate]:
    if step.manual:
        yield Gate(f"{step.name}-by-hand", "what must be done by hand in this step is done", "", step.name)
    if step.name == PORTS:
        yield Gate("ports-unharmed", "every patched Service still has its endpoints", "", step.name)
    elif step.name == GUARD:
        yield from _analysed(phase, step.name)
    elif step.name == LABEL:
        yield Gate("labels-stand", "the label stands, and nothing has restarted", "", step.name)
    elif step.name in (CANARY, RESTART):
        yield from _restarted(step, checks) if step.rollouts else ()
        yield from _next_runs(step)
    elif step.name == STRICT:
        yield Gate("strict-unharmed", "no connection is reset at the closed namespaces", _resets(phase), step.name)


def _next_runs(step: StepBundle) -> Iterator[Gate]:
    for sentence in step.unchecked:
        subject = sentence.partition(":")[0]
        yield Gate(f"{step.name}-next-run-{subject}", f"{subject}: its next run had a proxy and ended", "", step.name)


def _analysed(phase: Phase, step: str) -> Iterator[Gate]:
    for namespace in phase.namespaces:
        command = f"istioctl analyze --namespace={shlex.quote(namespace)}"
        yield Gate(f"analyze-{namespace}", f"istioctl finds no error in {namespace}", command, step)


def _restarted(step: StepBundle, checks: int) -> Iterator[Gate]:
    name = step.name
    yield Gate(f"{name}-ready", "every restarted pod is ready and has a proxy", f"./verify.sh … {name}", name)
    yield Gate(f"{name}-synced", "every proxy is SYNCED with the control plane", "istioctl proxy-status", name)
    text = "the access log of the gateway (or of the ingress controller) shows no new 503 and no flag UF or NR"
    yield Gate(f"{name}-gateway", text, "", name)
    if checks:
        yield Gate(f"{name}-egress", "the hosts outside the cluster answer", f"./verify.sh … {name}", name)
    yield Gate(f"{name}-soak", f"all of this has held for {_SOAK[name]}", "", name)


def _no_plaintext(namespace: str, step: str, after: str) -> Gate:
    query = _PLAINTEXT % f',destination_service_namespace="{_promql(namespace)}"'
    text = f"no plaintext has reached {namespace} for a week, but for the exceptions named in {step}"
    return Gate(f"plaintext-{namespace}", text, query, after)


def _promql(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _resets(phase: Phase) -> str:
    return "" if not phase.strict else "look for filter_chain_not_found in the access logs of their proxies"
