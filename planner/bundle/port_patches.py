"""`appProtocol` of Service ports, where it is certain what is spoken; everything else is left to detection.

Source: istio/istio pkg/config/kube/conversion.go (appProtocol counts before the name),
pilot/pkg/networking/core (filterchain_options.go: what a declaration changes; httproute.go: when HTTP is a trap);
istio.io ops/deployment/application-requirements (server-first); kubernetes/api core/v1/types.go (strategic merge
goes by the port number alone).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from planner.bundle.ownership import owner
from planner.bundle.part import Part, by_hand, left_out
from planner.bundle.patching import RESOURCES, before
from planner.bundle.witnesses import USER, Witness, calls, witnesses
from planner.bundle.work import Work
from planner.mesh.protocol import Declared, Protocol, declared
from planner.mesh.server_first import first_speaker
from planner.model.bundle import Change, Patch, PatchType
from planner.model.note import Note
from planner.model.services import Service, ServicePort

_HTTP = ("http", "http2", "grpc", "grpc-web")
_ENOUGH = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """What becomes of a port: a token to set with the witnesses for it, or a reason to leave it.

    `hangs` says that calls through a proxy hang while the port is left to detection.
    """

    port: ServicePort
    token: str = ""
    why: str = ""
    left: str = ""
    hangs: bool = False


def declare(work: Work) -> Part:
    """Patch the Services of all namespaces that are or come into the mesh."""
    part = Part()
    for service in work.inventory.services:
        if service.ref.namespace in work.namespace_phase and not service.external_name:
            choices = [_choose(service, port, work) for port in service.ports if port.l4 == "TCP"]
            choices = [_in_use(service, choice, work) for choice in choices]
            part += _patch(service, [c for c in choices if c.token], work)
            part += Part(notes=tuple(_note(service, c) for c in choices if c.left))
    return part


def _note(service: Service, choice: Choice) -> Note:
    return left_out(service.ref, f"port {choice.port.number} is left as it is: {choice.left}")


def _in_use(service: Service, choice: Choice, work: Work) -> Choice:
    """Leave a declaration out that would act at once, because a proxy reads it already."""
    if not choice.token or choice.hangs:
        return choice
    callers = {flow.source.namespace for flow in calls(service, choice.port, work)}
    inside = sorted(n for n in {service.ref.namespace, *callers} if work.namespace_phase.get(n) == 0)
    if not inside:
        return choice
    effect = "route by Host" if choice.token in _HTTP else "treat it as plain bytes"
    text = f"{', '.join(inside)} is in the mesh already, so proxies there would {effect} at once ({choice.token})"
    return Choice(choice.port, left=f"{text}; declare it on its own, with an eye on these calls")


def _choose(service: Service, port: ServicePort, work: Work) -> Choice:
    now = declared(port.number, port.name, port.l4, port.app_protocol, work.facts.istio)
    known = witnesses(service, port, work)
    if _server_first(known) and now.protocol is Protocol.AUTO:
        said = _say(known)
        return Choice(
            port, "tcp", f"The server speaks first ({said}), and detection would wait for the client.", hangs=True
        )
    token, reason = _agreed(known)
    if not token:
        return Choice(port, left=reason if now.protocol is Protocol.AUTO else "")
    wanted = declared(port.number, port.name, port.l4, token, work.facts.istio)
    if not _changes(now, wanted):
        return Choice(port)
    trap = _trap(service, port, work) if token in _HTTP else ""
    if trap:
        return Choice(port, left=trap)
    return Choice(port, token, f"{_say(known)} agree; Istio takes it for {now.protocol.value} today.{_replaced(port)}")


def _replaced(port: ServicePort) -> str:
    """Warn about a value that a load balancer or another tool may read: a port has one appProtocol for all."""
    return f" It replaces {port.app_protocol!r}: make sure that nothing else reads that." if port.app_protocol else ""


def _server_first(known: tuple[Witness, ...]) -> bool:
    """Whether the server is expected to speak first, and nobody says that it is something else."""
    first = {first_speaker(witness.spoken) for witness in known if witness.spoken not in ("tcp", "tls")}
    return first == {"server"}


def _agreed(known: tuple[Witness, ...]) -> tuple[str, str]:
    """Give the token that the user names or two witnesses agree on, or why there is none."""
    told = [witness.token for witness in known if witness.source == USER and witness.token]
    if told:
        return (told[0], "") if len(set(told)) == 1 else ("", "the configuration names more than one protocol")
    tokens = Counter(token for source, token in {(w.source, w.token) for w in known} if token)
    if not tokens:
        return "", "nothing says what is spoken, so detection decides"
    if len(tokens) > 1:
        return "", f"witnesses disagree ({_say(known)}), so detection decides"
    token, count = next(iter(tokens.items()))
    return (token, "") if count >= _ENOUGH else ("", f"only {_say(known)} says so, so detection decides")


def _say(known: tuple[Witness, ...]) -> str:
    return ", ".join(f"{witness.source}: {witness.spoken}" for witness in known)


def _changes(now: Declared, wanted: Declared) -> bool:
    """Whether the proxies would treat the port differently; the database tokens are no better than `tcp`."""
    same_class = now.protocol.data_path_class == wanted.protocol.data_path_class
    return not same_class or (now.protocol.data_path_class == "http" and now.protocol != wanted.protocol)


def _trap(service: Service, port: ServicePort, work: Work) -> str:
    """Say why HTTP must not be declared: on an HTTP port the Host decides, and somebody sends another one."""
    if service.headless:
        return "it is headless, and calls to a pod's address would no longer be recognised on a port declared as HTTP"
    exact = {r.proxy for r in work.rewrites if r.target == service.ref and r.port in (None, port.number)}
    elsewhere = {r.proxy for r in work.rewrites}
    vague = work.rewriters - elsewhere
    callers = {flow.source for flow in calls(service, port, work)}
    for proxy in sorted(exact | (vague & callers)):
        return f"{proxy} sends another Host, which a port declared as HTTP would not recognise"
    return ""


def _patch(service: Service, choices: list[Choice], work: Work) -> Part:
    if not choices:
        return Part()
    if not (work.facts.istio.at_least(1, 6) and work.facts.kubernetes.at_least(1, 19)):
        return Part(notes=(left_out(service.ref, "appProtocol needs Istio 1.6 and Kubernetes 1.19"),))
    known = owner(service.object)
    why = " ".join(f"Port {c.port.number}: {c.why}" for c in choices)
    if known.operator:
        wish = ", ".join(f"{c.port.number}: {c.token}" for c in choices)
        prior = ", ".join(f"{c.port.number}: {c.port.app_protocol or 'none'}" for c in choices)
        whose = f"{service.ref} belongs to {known.operator}"
        return by_hand(f"{whose}: let it set appProtocol ({wish}).", f"{whose}: let it set appProtocol back ({prior}).")
    numbers = Counter(port.number for port in service.ports)
    twice = any(numbers[c.port.number] > 1 for c in choices)
    body, undo = _operations(choices) if twice else _entries(choices)
    changes = tuple(_change(choice) for choice in choices)
    patch = Patch(
        ref=service.ref,
        resource=RESOURCES["Service"],
        api_version=service.object.api_version,
        type=PatchType.JSON if twice else PatchType.STRATEGIC,
        body=body,
        undo=undo,
        before=before(changes),
        why=why,
        warning=known.warning,
        changes=changes,
    )
    return Part(patches=(patch,))


def _change(choice: Choice) -> Change:
    port = choice.port
    item = (("port", str(port.number)), ("protocol", port.l4))
    return Change(("spec", "ports", item, "appProtocol"), port.app_protocol, choice.token)


def _entries(choices: list[Choice]) -> tuple[dict[str, Any], dict[str, Any]]:
    """One item per port and nothing else; a strategic merge finds it by its number."""

    def ports(values: list[str | None]) -> dict[str, Any]:
        return {
            "spec": {
                "ports": [
                    {"port": c.port.number, "protocol": c.port.l4, "appProtocol": value}
                    for c, value in zip(choices, values, strict=True)
                ]
            }
        }

    return ports([c.token for c in choices]), ports([c.port.app_protocol for c in choices])


def _operations(choices: list[Choice]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """By position, since a number that two items share names neither; a test guards against items that moved."""
    body: list[dict[str, Any]] = []
    undo: list[dict[str, Any]] = []
    for choice in choices:
        at = f"/spec/ports/{choice.port.index}"
        tests = [{"op": "test", "path": f"{at}/port", "value": choice.port.number}]
        # Only a cluster's own reading shows a protocol that was left out; the API server has put TCP there.
        tests.append({"op": "test", "path": f"{at}/protocol", "value": choice.port.l4})
        prior = choice.port.app_protocol
        forth: dict[str, Any] = {"op": "add", "path": f"{at}/appProtocol", "value": choice.token}
        back: dict[str, Any] = {"op": "remove", "path": f"{at}/appProtocol"}
        if prior is not None:
            back = {"op": "replace", "path": f"{at}/appProtocol", "value": prior}
        body.extend([*tests, forth])
        undo.extend([*tests, {"op": "test", "path": f"{at}/appProtocol", "value": choice.token}, back])
    return body, undo
