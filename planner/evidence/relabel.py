"""Relabelling rules, evaluated for one target: is it kept, at which address, by which scheme.

Source: prometheus/prometheus model/relabel/relabel.go; regular expressions are anchored at both ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from planner.evidence.text.prometheus import Rule

_NESTED = re.compile(r"[+*}]\)[+*{]|\([^()]*[+*}][^()]*\)[+*{]")
_GROUP = re.compile(r"\$(?:\{(\w+)\}|(\d+))")
_KNOWN = re.compile(
    r"__meta_kubernetes_(?:namespace$|service_name$|service_(?:label|annotation|labelpresent|annotationpresent)_|endpoints_name$|"
    r"endpoints_(?:label|annotation)|endpoint_port_name$|endpointslice_name$|endpointslice_port_name$|endpointslice_(?:label|annotation)|"
    r"pod_(?:label|annotation|labelpresent|annotationpresent)_|pod_container_(?:name|port_name|port_number)$|pod_phase$|"
    r"service_port_name$|service_port_number$|ingress_(?:label|annotation|annotationpresent)_|ingress_name$)|^__address__$|^__scheme__$"
)


@lru_cache(maxsize=4096)
def _pattern(regex: str) -> re.Pattern[str] | None:
    """Compile a pattern; None where it is no pattern of ours or could take for ever."""
    if len(regex) > 2000 or _NESTED.search(regex):
        return None
    try:
        return re.compile(regex)
    except (re.error, OverflowError, RecursionError):
        return None


def known(label: str) -> bool:
    """Whether the manifests decide the value of a label."""
    return bool(_KNOWN.match(label))


def chooses(rules: Iterable[Rule]) -> bool:
    """Whether any rule keeps or drops targets by what the manifests say."""
    return any(r.action in ("keep", "drop") and any(map(known, r.sources)) for r in rules)


def apply(rules: Iterable[Rule], labels: Mapping[str, str]) -> tuple[Mapping[str, str], tuple[Rule, ...]] | None:
    """Return the labels of a kept target and the rules that chose it, or None where it is dropped.

    A rule on labels that only a running cluster has is passed over.
    """
    values = dict(labels)
    chosen: list[Rule] = []
    for rule in rules:
        if not all(known(name) or name in values for name in rule.sources):
            continue
        pattern = _pattern(rule.regex)
        if pattern is None:
            continue
        match = pattern.fullmatch(rule.separator.join(values.get(name, "") for name in rule.sources)[:1000])
        if rule.action in ("keep", "drop"):
            if (match is None) == (rule.action == "keep"):
                return None
            chosen.append(rule)
        elif rule.action == "replace" and match and rule.target:
            value = _fill(rule.replacement, match)
            values[rule.target] = value
    return values, tuple(chosen)


def _fill(text: str, match: re.Match[str]) -> str:
    def put(reference: re.Match[str]) -> str:
        name = reference[1] or reference[2]
        try:
            return match[int(name) if name.isdecimal() else name] or ""
        except IndexError:
            return ""

    return _GROUP.sub(put, text)


def label_name(text: str) -> str:
    """Write a Kubernetes label or annotation key as part of a Prometheus label name."""
    return re.sub(r"[^A-Za-z0-9_]", "_", text)
