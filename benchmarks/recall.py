"""How many of a generated company's calls meshplan finds, and what it finds that nobody makes.

    meshplan graph OUT/manifests -o json > flows.json
    python benchmarks/recall.py OUT/truth.json flows.json

Counted are calls from a workload to a Service or to a host outside; Ingresses, scraping, probes and calls to the
Kubernetes API are none of the generator's calls and are left out on both sides. Code-only calls stand in no manifest:
a reader of manifests that finds one has guessed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

Key = tuple[str, str, int]
"""Caller, callee and port, as meshplan writes them."""

_CALLERS = ("Deployment", "StatefulSet", "Job", "CronJob")
_NOT_GENERATED = ("monitoring/", "cluster:", "external:client")


@dataclass(frozen=True, slots=True)
class Score:
    """The comparison.

    Attributes:
        static: Calls that stand in a manifest.
        found: Those of them that were found.
        code_only: Calls that stand nowhere.
        guessed: Those of them that were found all the same.
        extra: Calls that were found and that nobody makes.
        missed: Calls that stand in a manifest and were not found, with the place where each is written.
    """

    static: int
    found: int
    code_only: int
    guessed: int
    extra: tuple[str, ...]
    missed: tuple[str, ...]

    @property
    def recall(self) -> float:
        """Share of the static calls that were found."""
        return self.found / self.static if self.static else 1.0


def score(truth: Mapping[str, Any], flows: Iterable[Mapping[str, Any]]) -> Score:
    """Compare the flows of `meshplan graph -o json` with the truth."""
    static = {_key(row): row for row in truth["static"]}
    hidden = {_key(row) for row in truth["codeOnly"]}
    seen = {_key(flow) for flow in flows if _is_call(flow)}
    missed = [f"{_text(key)} ({static[key]['writtenIn']})" for key in sorted(static.keys() - seen)]
    extra = [_text(key) for key in sorted(seen - static.keys() - hidden)]
    found = len(static.keys() & seen)
    return Score(len(static), found, len(hidden), len(hidden & seen), tuple(extra), tuple(missed))


def _key(row: Mapping[str, Any]) -> Key:
    return row["from"], row["to"], row["port"] or 0


def _text(key: Key) -> str:
    return f"{key[0]} -> {key[1]}:{key[2]}"


def _is_call(flow: Mapping[str, Any]) -> bool:
    ends = (flow["from"], flow["to"])
    return flow["fromKind"] in _CALLERS and not any(end.startswith(_NOT_GENERATED) for end in ends)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; give its exit code."""
    parser = argparse.ArgumentParser(prog="recall.py", description="Compare found flows with the generated truth.")
    parser.add_argument("truth", type=Path)
    parser.add_argument("flows", type=Path, help="what `meshplan graph -o json` printed")
    parser.add_argument("--json", action="store_true", help="print everything, the single calls included")
    options = parser.parse_args(arguments)
    truth, found = (json.loads(path.read_text(encoding="utf-8")) for path in (options.truth, options.flows))
    result = score(truth, found["flows"])
    if options.json:
        print(json.dumps(asdict(result) | {"recall": result.recall}, indent=2))
        return 0
    print(f"static calls found  {result.found:>6,} of {result.static:,} ({result.recall:.1%})")
    print(f"code-only guessed   {result.guessed:>6,} of {result.code_only:,}")
    print(f"found, made by none {len(result.extra):>6,}")
    for line in (*result.missed[:10], *result.extra[:10]):
        print(f"  {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
