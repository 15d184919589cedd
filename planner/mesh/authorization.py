"""Whether AuthorizationPolicies let a call in, as far as can be said before its requests are seen.

Three answers: yes, no, or it depends on what only a request shows (its path, its address).

Source: istio/istio pilot/pkg/security/authz (model/model.go, builder/builder.go: DENY before ALLOW; an ALLOW policy
that selects a workload shuts out everything it does not name; HTTP attributes on a TCP port never allow, and are left
out of a DENY); istio/api security/v1beta1/authorization_policy.proto.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from planner.mesh.label_selector import matches
from planner.mesh.peers import Peer
from planner.mesh.view import MeshView, Raw, namespace_of
from planner.model.fields import list_at, map_at, maps_at, text_at

_HTTP = ("hosts", "notHosts", "methods", "notMethods", "paths", "notPaths")
_IDENTITY = ("principals", "namespaces", "serviceAccounts")


@dataclass(frozen=True, slots=True)
class Access:
    """Whether a call is let in.

    Attributes:
        allowed: None where it depends on the request.
        source: `namespace/name` of the policy that decides, or an empty string.
        policies: Every policy that is asked.
    """

    allowed: bool | None
    source: str = ""
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who calls, as the callee's proxy sees it.

    Attributes:
        namespace: Of the certificate; empty without one.
        account: Service account of the certificate.
        port: Container port that is called.
        http: Requests can be read; None where not known.
    """

    namespace: str
    account: str
    port: int | None
    http: bool | None


def access(view: MeshView, pod: Peer, visitor: Visitor) -> Access:
    """Ask every policy that selects a pod."""
    chosen = policies_of(view, pod)
    names = tuple(_name(raw) for raw in chosen)
    unsure = ""
    for raw in chosen:
        if _action(raw) == "DENY":
            hit = _any([_rule(rule, visitor, deny=True) for _, rule in maps_at(raw, "spec", "rules")])
            if hit:
                return Access(False, _name(raw), names)
            unsure = unsure or (_name(raw) if hit is None else "")
    allowing = [raw for raw in chosen if _action(raw) == "ALLOW"]
    hits = [_any([_rule(r, visitor, deny=False) for _, r in maps_at(raw, "spec", "rules")]) for raw in allowing]
    if allowing and not any(hits):
        if None not in hits:
            return Access(False, _name(allowing[0]), names)
        unsure = unsure or _name(allowing[hits.index(None)])
    return Access(None, unsure, names) if unsure else Access(True, "", names)


def policies_of(view: MeshView, pod: Peer) -> tuple[Raw, ...]:
    """Return the policies that select a pod: of its namespace, and of the root namespace for every one."""
    root = view.settings.root_namespace
    found = [*view.in_namespace("AuthorizationPolicy", pod.ref.namespace)]
    if root != pod.ref.namespace:
        found += view.in_namespace("AuthorizationPolicy", root)
    return tuple(
        raw for raw in found if not is_bound_elsewhere(raw) and matches(map_at(raw, "spec", "selector"), pod.labels)
    )


def is_bound_elsewhere(raw: Raw) -> bool:
    """Whether a policy is bound to a Service or a waypoint instead of pods; sidecars pass over it."""
    return bool(map_at(raw, "spec", "targetRef") or list_at(raw, "spec", "targetRefs"))


def _name(raw: Raw) -> str:
    return f"{namespace_of(raw)}/{text_at(raw, 'metadata', 'name')}"


def _action(raw: Raw) -> str:
    return text_at(raw, "spec", "action") or "ALLOW"


def _rule(rule: Raw, visitor: Visitor, *, deny: bool) -> bool | None:
    """Tell whether one rule matches; every part that is there must, and a condition is never known."""
    parts: list[bool | None] = []
    if sources := list(maps_at(rule, "from")):
        parts.append(_any([_source(map_at(item, "source"), visitor) for _, item in sources]))
    if operations := list(maps_at(rule, "to")):
        parts.append(_any([_operation(map_at(item, "operation"), visitor, deny=deny) for _, item in operations]))
    if list_at(rule, "when"):
        parts.append(None)
    return _all(parts)


def _source(source: Raw, visitor: Visitor) -> bool | None:
    own = {
        "principals": f"cluster.local/ns/{visitor.namespace}/sa/{visitor.account}" if visitor.namespace else "",
        "namespaces": visitor.namespace,
        "serviceAccounts": f"{visitor.namespace}/{visitor.account}" if visitor.namespace else "",
    }
    parts: list[bool | None] = []
    for key in _IDENTITY:
        parts += _both(source, key, partial(_is_like, own[key]))
    known = {name for key in _IDENTITY for name in (key, _not(key))}
    parts += [None for key in source if key not in known]  # addresses and tokens are seen in the request only
    return _all(parts)


def _operation(operation: Raw, visitor: Visitor, *, deny: bool) -> bool | None:
    parts = _both(operation, "ports", lambda value: value == str(visitor.port))
    if any(key in operation for key in _HTTP):
        if visitor.http is False and not deny:
            return False
        if visitor.http is not False:
            parts.append(None)
    return _all(parts)


def _both(raw: Raw, key: str, holds: Callable[[str], bool]) -> list[bool | None]:
    found: list[bool | None] = []
    if wanted := _texts(raw, key):
        found.append(any(holds(value) for value in wanted))
    if refused := _texts(raw, _not(key)):
        found.append(not any(holds(value) for value in refused))
    return found


def _texts(raw: Mapping[str, object], key: str) -> Sequence[str]:
    return [str(value) for value in list_at(raw, key)]


def _not(key: str) -> str:
    return f"not{key[0].upper()}{key[1:]}"


def _like(pattern: str, text: str) -> bool:
    if pattern == "*":
        return True
    if pattern.startswith("*"):
        return text.endswith(pattern[1:])
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else pattern == text


def _is_like(text: str, pattern: str) -> bool:
    return bool(text) and _like(pattern, text)


def _any(parts: Sequence[bool | None]) -> bool | None:
    return True if True in parts else (None if None in parts else False)


def _all(parts: Sequence[bool | None]) -> bool | None:
    return False if False in parts else (None if None in parts else True)
