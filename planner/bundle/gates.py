"""What must be true before the next step or phase, and how to see it.

Source: istio.io tasks/security/authentication/mtls-migration (no plaintext before STRICT),
ops/best-practices/traffic-management. How long to look for plaintext is meshplan's own caution.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from planner.bundle.step_names import CANARY, GUARD, LABEL, PORTS, RESTART, STRICT
from planner.model.bundle import StepBundle
from planner.model.plan import Gate, Phase

_SOAK = {CANARY: "one hour", RESTART: "one full day with its peak and its nightly jobs"}


def gates(phase: Phase, steps: tuple[StepBundle, ...], checks: int) -> tuple[Gate, ...]:
    """List the gates of a phase, in the order of its steps."""
    found = [gate for step in steps for gate in _of_step(phase, step, checks)]
    return tuple(found)


def _of_step(phase: Phase, step: StepBundle, checks: int) -> Iterator[Gate]:
    if step.manual:
        yield Gate(f"{step.name}-by-hand", "what must be done by hand in this step is done", "", step.name)
    if step.name == PORTS:
        yield Gate("ports-unharmed", "every patched Service still has its endpoints", "", step.name)
    elif step.name == GUARD:
        yield from _analysed(phase, step.name)
    elif step.name == LABEL:
        yield Gate("labels-stand", "the label stands, and nothing has restarted", "", step.name)
    elif step.name in (CANARY, RESTART) and step.rollouts:
        yield from _restarted(phase, step, checks)
    elif step.name == STRICT:
        yield Gate("strict-unharmed", "no connection is reset at the closed namespaces", _resets(phase), step.name)


def _analysed(phase: Phase, step: str) -> Iterator[Gate]:
    for namespace in phase.namespaces:
        command = f"istioctl analyze --namespace={shlex.quote(namespace)}"
        yield Gate(f"analyze-{namespace}", f"istioctl finds no error in {namespace}", command, step)


def _restarted(phase: Phase, step: StepBundle, checks: int) -> Iterator[Gate]:
    name = step.name
    yield Gate(f"{name}-ready", "every restarted pod is ready and has a proxy", f"./verify.sh … {name}", name)
    yield Gate(f"{name}-synced", "every proxy is SYNCED with the control plane", "istioctl proxy-status", name)
    text = "the access log of the gateway (or of the ingress controller) shows no new 503 and no flag UF or NR"
    yield Gate(f"{name}-gateway", text, "", name)
    if checks:
        yield Gate(f"{name}-egress", "the hosts outside the cluster answer", f"./verify.sh … {name}", name)
    yield Gate(f"{name}-soak", f"all of this has held for {_SOAK[name]}", "", name)
    if name == RESTART and phase.strict:
        yield from _no_plaintext(phase, name)


def _no_plaintext(phase: Phase, step: str) -> Iterator[Gate]:
    for namespace in phase.strict:
        query = (
            f'sum by (source_workload) (increase(istio_requests_total{{reporter="destination",'
            f'connection_security_policy="none",destination_service_namespace="{_promql(namespace)}"}}[7d]))'
        )
        text = f"no plaintext has reached {namespace} for a week, but for the exceptions named in {STRICT}"
        yield Gate(f"plaintext-{namespace}", text, query, step)


def _promql(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _resets(phase: Phase) -> str:
    return "" if not phase.strict else "look for filter_chain_not_found in the access logs of their proxies"
