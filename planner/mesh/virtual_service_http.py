"""The HTTP routes of a VirtualService, and the destinations of every kind of route.

Source: istio/istio pkg/config/validation/virtualservice.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from planner.mesh.hostnames import is_dns_label, is_wildcard_domain
from planner.mesh.problem import Problem, error, warning
from planner.model.fields import int_at, list_at, map_at, text_at

_DURATION = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:h|m|s|ms))+")
_HEADER = re.compile("[-_A-Za-z0-9]+")
_PARTS = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|h|m|s)")
_MILLISECONDS = {"h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}

_EXCLUDED = {
    "redirect": ("route", "fault", "rewrite", "directResponse"),
    "directResponse": ("route", "fault", "rewrite"),
    "delegate": ("route", "redirect", "directResponse"),
}
"""What may not stand beside each kind of action."""


def http_problems(spec: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with `spec.http`."""
    for index, raw in enumerate(list_at(spec.get("http"))):
        route, field = map_at(raw), f"spec.http[{index}]"
        yield from _action(route, field)
        for number_of_match, match in enumerate(list_at(route.get("match"))):
            yield from _match(map_at(match), f"{field}.match[{number_of_match}]")
        yield from _rewrite(route, field)
        yield from _times(route, field)
        yield from _host_set_twice(route, field)


def destination_problems(route: Mapping[str, Any], field: str) -> Iterator[Problem]:
    """Yield what is wrong with the `route` list of an http, tls or tcp rule."""
    targets = list_at(route.get("route"))
    if not targets:
        yield error("route", f"{field}.route", "a route needs a destination")
    weights = []
    for index, raw in enumerate(targets):
        target, path = map_at(raw), f"{field}.route[{index}]"
        weight = target.get("weight", 0)
        weights.append(int_at(weight) if isinstance(weight, int) else None)
        yield from _destination(map_at(target.get("destination")), f"{path}.destination")
    if any(weight is None or weight < 0 for weight in weights):
        yield error("weight", f"{field}.route", "a weight is a whole number from 0 on")
    elif len(weights) > 1 and not sum(weight or 0 for weight in weights):
        yield error("weights", f"{field}.route", "with several destinations the weights must add up to more than 0")


def _destination(destination: Mapping[str, Any], field: str) -> Iterator[Problem]:
    host = text_at(destination.get("host"))
    if host == "*" or not is_wildcard_domain(host):
        yield error("destination", f"{field}.host", f"{destination.get('host')!r} is not a domain name")
    elif "." not in host:
        # Completed with the namespace of the VirtualService, which is seldom what a reader expects.
        yield warning(
            "short-host", f"{field}.host", f"{host!r} is completed with the object's own namespace; write it out"
        )
    if destination.get("subset") not in (None, "") and not is_dns_label(text_at(destination.get("subset"))):
        yield error("subset", f"{field}.subset", f"{destination.get('subset')!r} is not a DNS label")
    if "port" in destination and not 1 <= (int_at(map_at(destination["port"]).get("number")) or 0) <= 65535:
        yield error("port", f"{field}.port.number", "the number of the Service's port is required, 1 to 65535")


def _action(route: Mapping[str, Any], field: str) -> Iterator[Problem]:
    if not route:
        yield error("route-null", field, "a rule must not be empty")
        return
    # An empty list or a null is as good as absent.
    present = {key for key, value in route.items() if value is not None and value != []}
    if not present & {"route", "redirect", "directResponse", "delegate"}:
        yield error("action", field, "a rule needs one of route, redirect, directResponse and delegate")
    for action, excluded in _EXCLUDED.items():
        for other in excluded:
            if action in present and other in present:
                yield error("actions", field, f"{action} and {other} exclude each other")
    if {"mirror", "mirrors"} <= present:
        yield error("mirrors", field, "mirror and mirrors exclude each other")
    if "route" in present:
        yield from destination_problems(route, field)


def _match(match: Mapping[str, Any], field: str) -> Iterator[Problem]:
    for name in ("scheme", "method", "authority"):
        yield from _string_match(match.get(name), f"{field}.{name}", empty_prefix=False)
    yield from _string_match(match.get("uri"), f"{field}.uri", empty_prefix=True)
    for name in map_at(match.get("headers")):
        if not _HEADER.fullmatch(str(name).removeprefix(":")):
            yield error("match-name", f"{field}.headers", f"{name!r} is not the name of a header")
    for kind in ("headers", "queryParams"):
        for name, value in map_at(match.get(kind)).items():
            yield from _string_match(value, f"{field}.{kind}.{name}", empty_prefix=False)
    if match.get("port") not in (None, 0) and not 1 <= (int_at(match["port"]) or 0) <= 65535:
        yield error("port", f"{field}.port", f"{match['port']!r} is not in 1 to 65535")


def _string_match(raw: Any, field: str, *, empty_prefix: bool) -> Iterator[Problem]:
    value = map_at(raw)
    if value.get("prefix") == "" and not empty_prefix:
        yield error("match-prefix", field, "a prefix must not be empty here")
    if "regex" in value and not 0 < len(text_at(value["regex"])) <= 1024:
        yield error("match-regex", field, "a regex has 1 to 1024 characters")


def _rewrite(route: Mapping[str, Any], field: str) -> Iterator[Problem]:
    if "rewrite" not in route:
        return
    rewrite = map_at(route["rewrite"])
    if not rewrite.keys() & {"uri", "uriRegexRewrite", "authority"}:
        yield error("rewrite", f"{field}.rewrite", "a rewrite needs uri, uriRegexRewrite or authority")
    if {"uri", "uriRegexRewrite"} <= rewrite.keys():
        yield error("rewrite", f"{field}.rewrite", "uri and uriRegexRewrite exclude each other")


def _host_set_twice(route: Mapping[str, Any], field: str) -> Iterator[Problem]:
    """Look at the headers of one rule: Host may be set in one way, and only in requests."""
    headers = map_at(route.get("headers"))
    request, response = map_at(headers.get("request")), map_at(headers.get("response"))
    setting = {str(key).lower() for key in map_at(request.get("set"))} & {"host", ":authority"}
    if setting and map_at(route.get("rewrite")).get("authority"):
        yield error(
            "host-twice", f"{field}.headers", "Host is rewritten by rewrite.authority and by headers.request.set"
        )
    removed = list_at(request.get("remove"))
    touched = {str(name).lower() for name in (*removed, *map_at(response.get("set")), *map_at(response.get("add")))}
    if touched & {"host", ":authority"}:
        yield error("host-header", f"{field}.headers", "Host can only be set on requests")


def _times(route: Mapping[str, Any], field: str) -> Iterator[Problem]:
    retries = map_at(route.get("retries"))
    if "timeout" in route and not _is_duration(route["timeout"]):
        yield error("timeout", f"{field}.timeout", f"{route['timeout']!r} is not a time of at least 1ms")
    if "retries" not in route:
        return
    attempts = int_at(retries.get("attempts", 0))
    if attempts is None or attempts < 0:
        yield error("attempts", f"{field}.retries.attempts", "attempts is a whole number from 0 on")
    if attempts == 0 and retries.keys() & {"perTryTimeout", "retryOn", "retryRemoteLocalities"}:
        yield error("attempts", f"{field}.retries", "attempts 0 excludes every other setting of retries")
    if "perTryTimeout" in retries and not _is_duration(retries["perTryTimeout"]):
        yield error("timeout", f"{field}.retries.perTryTimeout", "perTryTimeout is a time of at least 1ms")


def _is_duration(raw: Any) -> bool:
    """Tell whether a value is a time in whole milliseconds, at least one."""
    value = text_at(raw)
    if len(value) > 30 or not _DURATION.fullmatch(value):
        return False
    total = sum(float(amount) * _MILLISECONDS[unit] for amount, unit in _PARTS.findall(value))
    return total >= 1 and abs(total - round(total)) < 1e-6
