"""The known truth of a corpus: a folder with `manifests/` and an `expected.yaml` that a person wrote.

An entry of `flows` names `from`, `to`, `port`, `protocol` and `kind` (ingress, egress, internal); `static: true` says
that the address stands in the manifests, `active: false` that it is configured but never called.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Pair = tuple[str, str]
"""Caller and callee, in one notation for truth and report."""

_API_SERVER = "cluster:kube-apiserver"
_QUOTED = re.compile(r"manifests/(\S+?):(\d+)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Truth:
    """What a person found in a corpus.

    Attributes:
        flows: Entries by pair.
        wanted: Pairs that a reader of manifests must find.
        quiet: Pairs that may be reported or not: configured and never called, or of low confidence.
        other_names: Pairs under another name that is as right.
        namespaces: Names, lower case.
        namespace: Namespace of objects that name none.
    """

    flows: Mapping[Pair, tuple[Mapping[str, Any], ...]]
    wanted: frozenset[Pair]
    quiet: frozenset[Pair]
    other_names: Mapping[Pair, Pair]
    namespaces: frozenset[str]
    namespace: str

    def match(self, pair: Pair) -> Pair | None:
        """Return the pair of the truth that a reported pair stands for, wildcards included, or None."""
        if pair in self.flows:
            return pair
        if pair in self.other_names:
            return self.other_names[pair]
        inside, slash, _ = pair[1].partition("/")
        for known in (pair[0], f"{inside}/*"), (pair[0], "*/*"):
            if slash and inside in self.namespaces and known in self.flows:
                return known
        return None

    def quoted(self, pair: Pair) -> Iterator[tuple[str, int, bool]]:
        """Yield file, line, and whether that very line is meant, of the places that the truth names."""
        for flow in self.flows[pair]:
            for text in flow.get("evidence") or ():
                match = _QUOTED.match(text)
                if match:
                    yield match[1], int(match[2]), "`" in match[3]


def corpora(folders: list[Path]) -> list[Path]:
    """Return the corpora among folders and right below them, sorted by name."""
    below = (folder for given in folders for folder in (given, *given.glob("*")))
    return sorted({folder for folder in below if (folder / "expected.yaml").is_file()}, key=lambda folder: folder.name)


def load(corpus: Path) -> Truth:
    """Read the truth of a corpus.

    Raises:
        OSError: There is no `expected.yaml`.
        ValueError: It is not a truth.
    """
    document = yaml.safe_load((corpus / "expected.yaml").read_text(encoding="utf-8"))
    if not isinstance(document, dict) or not isinstance(document.get("flows"), list):
        raise ValueError(f"{corpus / 'expected.yaml'}: no list of flows")
    flows: dict[Pair, list[Mapping[str, Any]]] = defaultdict(list)
    others: dict[Pair, Pair] = {}
    for flow in document["flows"]:
        pair = named(flow["from"], flow["to"])
        flows[pair].append(flow)
        others |= {(named(name, "")[0], pair[1]): pair for name in flow.get("also_from", ())}
        if flow.get("same_as_client"):
            others.setdefault(("external:client", pair[1]), pair)
    wanted = {pair for pair, entries in flows.items() if any(_must_be_found(entry) for entry in entries)}
    quiet = {pair for pair, entries in flows.items() if all(_is_quiet(entry) for entry in entries)}
    names = frozenset(str(item["name"]).lower() for item in document.get("namespaces", ()))
    return Truth(
        {pair: tuple(entries) for pair, entries in flows.items()}, frozenset(wanted), frozenset(quiet), others, names,
        document.get("default_namespace", "default"),
    )  # fmt: skip


def named(source: str, target: str) -> Pair:
    """Write both ends of a flow in the notation that the comparison uses."""
    return _end(source), _end(target)


def _end(text: str) -> str:
    name = str(text).strip().rstrip(".").lower()
    bare = name.removeprefix("external:").removeprefix("cluster:")
    if bare in ("kube-apiserver", "default/kubernetes"):
        return _API_SERVER
    if bare in ("kubelet", "kube-system/kubelet"):
        return "cluster:kubelet"
    return name if name == "external:client" else name.removeprefix("external:")


def _must_be_found(flow: Mapping[str, Any]) -> bool:
    missing = flow.get("target_in_manifests") is False and not flow.get("target_kind") and flow["kind"] == "internal"
    open_ended = "(" in flow["to"] or flow["to"].startswith("node-ip") or missing
    return bool(flow["static"]) and not _is_quiet(flow) and not open_ended


def _is_quiet(flow: Mapping[str, Any]) -> bool:
    return flow.get("active") is False or flow.get("confidence") == "low"
