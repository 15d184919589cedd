"""How long meshplan needs to read a big cluster, beside the bare transfer and beside a typed client.

KUBEBUILDER_ASSETS=DIR python benchmarks/cluster_read.py        # make bench-cluster
python benchmarks/cluster_read.py --namespaces 40 --rounds 3    # a short one
python benchmarks/cluster_read.py --profile                     # where meshplan's time goes, thread by thread
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.cluster_readers import OURS, RAW, SAME, TYPED, Target, ours, pages, plain, pool_of, typed
from benchmarks.harness import Measure, Step, run_chain

Found = dict[str, Any]


def benchmark(options: argparse.Namespace, home: Path) -> Found:
    """Start a control plane, fill it and measure; give the report as JSON values.

    Raises:
        RuntimeError: The cluster could not be filled or read.
    """
    from tests.cluster.control_plane import start  # noqa: PLC0415 - the tests' own dependencies

    plane = start(home, options.assets)
    try:
        target = Target(
            plane.url, plane.authority.file, plane.admin.certificate, plane.admin.key, plane.kubeconfig, home / "found"
        )
        begun = time.perf_counter()
        _run([("fill", partial(_fill, target, options))])
        report: Found = {"fill": time.perf_counter() - begun, "python": platform.python_version()}
        _run(ours(target))  # also fills the caches of the server
        lists = _asked(plane.audit())
        report |= _run([("count", partial(_count, target, lists))], target)
        if options.profile:
            _profile(target)
        report["rounds"] = [_round(target, lists, typed=number < options.typed) for number in range(options.rounds)]
    finally:
        plane.stop()
    return report


def _fill(target: Target, options: argparse.Namespace, _before: object = None) -> None:
    from benchmarks.cluster_fill import fill  # noqa: PLC0415 - in a process of its own, so that this one stays small

    fill(pool_of(target), target.server, options.namespaces, options.seed)


def _asked(events: list[Found]) -> tuple[str, ...]:
    """Give the lists that meshplan asked for, in its order, from the audit log of the server."""
    mine = [event for event in events if event.get("userAgent") == "meshplan" and event["verb"] == "list"]
    return tuple(dict.fromkeys(event["requestURI"].partition("?")[0] for event in mine))


def _count(target: Target, lists: tuple[str, ...], _before: object = None) -> None:
    """Count what the lists hold, by parsing them: what the readers claim is compared with this."""
    pool, total, size, pods = pool_of(target), 0, 0, [0, 0]
    for path in lists:
        for page in pages(pool, target.server + path):
            items = len(json.loads(page)["items"])
            total, size = total + items, size + len(page)
            if path.endswith("/pods"):
                pods = [pods[0] + items, pods[1] + len(page)]
    found = {"objects": total, "bytes": size, "lists": len(lists), "podBytes": pods[1] // max(pods[0], 1)}
    target.found.write_text(json.dumps(found), encoding="utf-8")


def _round(target: Target, lists: tuple[str, ...], *, typed: bool) -> list[Found]:
    """Measure each reader once, one after the other."""
    chains = [(RAW, plain(target, lists)), (SAME, plain(target, lists, SAME)), (OURS, ours(target))]
    if typed:
        chains.append((TYPED, _typed(target)))
    found = []
    for name, chain in chains:
        load, read = _measured(chain)
        told = json.loads(target.found.read_text(encoding="utf-8"))
        found.append(asdict(read) | {"reader": name, "start": load.wall} | {"found": told})
    return found


def _typed(target: Target) -> list[Step]:
    return typed(target)


def _measured(chain: list[Step]) -> tuple[Measure, Measure]:
    measures = run_chain(chain)
    if measures[-1].fault:
        raise RuntimeError(f"{measures[-1].step}: {measures[-1].fault}")
    return measures[0], measures[-1]


def _run(chain: list[Step], target: Target | None = None) -> Found:
    _measured(chain)
    return json.loads(target.found.read_text(encoding="utf-8")) if target else {}


def _profile(target: Target) -> None:
    """Print where the time of each of meshplan's reading threads goes."""
    from benchmarks.thread_profile import profiled  # noqa: PLC0415 - only here

    _run(ours(target, profiled))


def table(report: Found) -> str:
    """Write the report for people, 90 columns wide at most."""
    rows: dict[str, list[Found]] = {}
    for row in (row for one in report["rounds"] for row in one):
        rows.setdefault(row["reader"], []).append(row)
    base = {part: _median(rows[RAW], part) for part in ("wall", "cpu", "peak")}
    lines = [
        "{objects:,} objects in {lists} lists, {mb:.1f} MB of JSON, {podBytes:,} bytes a Pod; filled in {fill:.0f} s; "
        "Python {python}".format(mb=report["bytes"] / 1e6, **report),
        "",
        f"{'reader':<14}{'rounds':>7}{'wall s':>9}{'min – max':>15}{'cpu s':>8}{'peak MiB':>10}  × wall   × cpu",
    ]
    for name, each in rows.items():
        wall, cpu, peak = (_median(each, part) for part in ("wall", "cpu", "peak"))
        span = f"{min(row['wall'] for row in each):.2f} – {max(row['wall'] for row in each):.2f}"
        ratios = f"{wall / base['wall']:>8.2f}{cpu / base['cpu']:>8.2f}"
        lines.append(f"{name:<14}{len(each):>7}{wall:>9.2f}{span:>15}{cpu:>8.2f}{peak:>10.0f}{ratios}")
    lines += ["", *(f"{name}: {_words(each[-1])}" for name, each in rows.items())]
    return "\n".join(
        [*lines, "start: imports and credentials, not in the times above; server and reader share the machine"]
    )


def _median(rows: list[Found], part: str) -> float:
    return float(statistics.median(row[part] for row in rows))


def _words(row: Found) -> str:
    found = ", ".join(f"{value:,} {name}" for name, value in row["found"].items())
    return f"{found}; start {row['start']:.2f} s"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; give its exit code, 1 where meshplan did not read every object."""
    parser = argparse.ArgumentParser(prog="cluster_read.py", description="Time to read a big cluster.")
    parser.add_argument("--assets", type=Path, default=os.environ.get("KUBEBUILDER_ASSETS"), help="folder of the parts")
    parser.add_argument("--namespaces", type=int, default=400, help="50 objects each")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--typed", type=int, default=3, help="rounds with the typed client, which is slow")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--profile", action="store_true", help="print a profile of meshplan's threads first")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    options = parser.parse_args(arguments)
    if not options.assets:
        parser.error("KUBEBUILDER_ASSETS is not set; make cluster-tools builds the parts")
    with tempfile.TemporaryDirectory() as home:
        report = benchmark(options, Path(home))
    print(json.dumps(report, indent=2) if options.json else table(report))
    told = [row["found"]["objects"] for one in report["rounds"] for row in one if row["reader"] == OURS]
    return 0 if all(count == report["objects"] for count in told) else 1


if __name__ == "__main__":
    sys.exit(main())
