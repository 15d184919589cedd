"""DestinationRules: what Istio refuses, and what it accepts and meshplan must never render.

Source: istio/istio pkg/config/validation, pilot/pkg/networking/core/cluster_tls.go,
pilot/pkg/model/push_context.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.mesh.export_to import export_problems
from planner.mesh.hostnames import is_dns_label, is_wildcard_domain
from planner.mesh.label_selector import wrong_label
from planner.mesh.problem import Problem, error, warning
from planner.model.fields import int_at, list_at, map_at, text_at

_TLS_MODES = frozenset({"DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"})
_CONFIGMAP = "configmap://"


def destination_rule_problems(spec: Mapping[str, Any], namespace: str) -> tuple[Problem, ...]:
    """List what is wrong with the `spec` of a DestinationRule that lives in `namespace`."""
    selected = spec.get("workloadSelector") is not None
    found = list(export_problems(spec.get("exportTo"), namespace))
    if not is_wildcard_domain(text_at(spec.get("host"))):
        found.append(error("host", "spec.host", f"{spec.get('host')!r} is not a domain name"))
    elif "." not in text_at(spec.get("host")):
        found.append(warning("short-host", "spec.host", "a short name is completed with the rule's own namespace"))
    found.extend(_selector(spec, namespace))
    found.extend(_policy(spec.get("trafficPolicy"), "spec.trafficPolicy", namespace, selected))
    found.extend(_subsets(spec, namespace, selected))
    return tuple(found)


def _selector(spec: Mapping[str, Any], namespace: str) -> Iterator[Problem]:
    if spec.get("workloadSelector") is None:
        return
    labels = map_at(map_at(spec.get("workloadSelector")).get("matchLabels"))
    if wrong := wrong_label(labels):
        yield error("selector-label", "spec.workloadSelector", f"{wrong} is not a label")
    if not labels:
        yield warning("selector-empty", "spec.workloadSelector", "a workloadSelector without labels selects all pods")
    if any(value not in (".", namespace) for value in list_at(spec.get("exportTo"))):
        yield error("selector-export", "spec.exportTo", "with a workloadSelector the rule stays in its namespace")


def _subsets(spec: Mapping[str, Any], namespace: str, selected: bool) -> Iterator[Problem]:
    seen = set[str]()
    for index, raw in enumerate(list_at(spec.get("subsets"))):
        field, subset = f"spec.subsets[{index}]", map_at(raw)
        name, labels = text_at(subset.get("name")), map_at(subset.get("labels"))
        if not is_dns_label(name):
            yield error("subset-name", f"{field}.name", f"{subset.get('name')!r} is not a DNS label")
        if name in seen:
            yield error("subset-twice", f"{field}.name", f"the subset {name!r} is defined twice")
        seen.add(name)
        if not labels:
            yield warning("subset-labels", f"{field}.labels", "a subset without labels is the whole Service")
        if wrong := wrong_label(labels):
            yield error("subset-label", f"{field}.labels", f"{wrong} is not a label")
        yield from _policy(subset.get("trafficPolicy"), f"{field}.trafficPolicy", namespace, selected)


def _policy(raw: Any, field: str, namespace: str, selected: bool) -> Iterator[Problem]:
    if raw is None:
        return
    policy = map_at(raw)
    if not policy:
        yield error("policy-empty", field, "a trafficPolicy must set something")
    yield from _tls(policy, f"{field}.tls", namespace, selected)
    yield from _pool(policy, f"{field}.connectionPool")
    for index, item in enumerate(list_at(policy.get("portLevelSettings"))):
        port, path = map_at(item), f"{field}.portLevelSettings[{index}]"
        if not 1 <= (int_at(map_at(port.get("port")).get("number")) or 0) <= 65535:
            yield error("port-number", f"{path}.port.number", "the port of the Service is required, 1 to 65535")
        if not port.keys() - {"port"}:
            yield error("port-empty", path, "the settings of a port must set something")
        yield from _tls(port, f"{path}.tls", namespace, selected)
        yield from _pool(port, f"{path}.connectionPool")
        if "tls" in policy and "tls" not in port:
            # Settings of a port replace those of the host, they are not merged.
            yield warning("port-drops-tls", path, "the host's tls does not hold for this port; repeat it here")


def _pool(policy: Mapping[str, Any], field: str) -> Iterator[Problem]:
    pool = policy.get("connectionPool")
    if pool is not None and not ({"http", "tcp"} & map_at(pool).keys()):
        yield error("pool-empty", field, "a connectionPool must set http or tcp")


def _tls(policy: Mapping[str, Any], field: str, namespace: str, selected: bool) -> Iterator[Problem]:
    if "tls" not in policy:
        return
    tls = map_at(policy["tls"])
    mode = text_at(tls.get("mode"))
    if not mode:
        yield error(
            "tls-without-mode", f"{field}.mode", "tls without a mode means DISABLE, so plaintext; name the mode"
        )
    elif mode not in _TLS_MODES:
        yield error("tls-mode", f"{field}.mode", f"{tls.get('mode')!r} is not a mode of Istio")
    yield from _credential(text_at(tls.get("credentialName")), f"{field}.credentialName", namespace)
    if mode in ("SIMPLE", "MUTUAL"):
        yield from _originated(tls, mode, field, selected)


def _credential(name: str, field: str, namespace: str) -> Iterator[Problem]:
    if not name.startswith(_CONFIGMAP):
        return
    owner, slash, _ = name.removeprefix(_CONFIGMAP).partition("/")
    if not slash or owner != namespace:
        yield error("tls-configmap", field, f"the form is {_CONFIGMAP}NAMESPACE/NAME, in the rule's own namespace")


def _originated(tls: Mapping[str, Any], mode: str, field: str, selected: bool) -> Iterator[Problem]:
    """Look at TLS that is not the mesh's; in the other modes its settings are not read."""
    credential = text_at(tls.get("credentialName"))
    files = {key for key in ("clientCertificate", "privateKey", "caCertificates") if tls.get(key)}
    if credential and files:
        yield error("tls-sources", field, "credentialName excludes certificate files")
    if mode == "MUTUAL" and not credential and not {"clientCertificate", "privateKey"} <= files:
        yield error("tls-client", field, "MUTUAL needs clientCertificate and privateKey, or a credentialName")
    if credential and not selected and not credential.startswith(_CONFIGMAP):
        message = "sidecars ignore credentialName without a workloadSelector and send plaintext"
        yield error("tls-credential", f"{field}.credentialName", message)
    if credential and mode == "MUTUAL":
        return  # Istio looks no further here.
    checks = credential or tls.get("caCertificates") or list_at(tls.get("subjectAltNames"))
    if tls.get("insecureSkipVerify") is True and checks:
        yield error("tls-verify", field, "insecureSkipVerify excludes whatever would be verified")
