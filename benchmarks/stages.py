"""Time and memory of meshplan on a generated company, beside a plain YAML load of the same bytes.

python benchmarks/stages.py                       # the default company, in a temporary folder
python benchmarks/stages.py --dir /tmp/big --namespaces 400 --services 5000 --flows 15000
python benchmarks/stages.py --json
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.company import TRUTH, add_size_options, size_from
from benchmarks.harness import Measure, Step, run_chain

PLAIN = "plain yaml.load_all"


def plain_load(folder: Path, _before: object = None) -> int:
    """Load every document with the C loader and keep them all, as a program must that looks at them together.

    Returns:
        The number of documents.
    """
    import yaml  # noqa: PLC0415 - in the measured process, so that its memory counts there

    documents: list[Any] = []
    for path in sorted(folder.rglob("*.yaml")):
        with path.open("rb") as stream:
            documents.extend(yaml.load_all(stream, Loader=yaml.CSafeLoader))
    return len(documents)


def meshplan_stages(folder: Path, out: Path) -> list[list[Step]]:
    """Give meshplan as two chains: stage by stage in one process, and the whole program as a user runs it."""
    stages: list[Step] = [
        ("read", partial(_read, folder)),
        ("flows", partial(_work_out, "discovery")),
        ("graph", partial(_work_out, "graph")),
        ("checks", partial(_work_out, "findings")),
        ("order, bundles, verdicts, repairs", partial(_work_out, "plan")),
        ("verdicts of every step once more", _simulate),
        ("pictures, render, report", partial(_produce, out.with_name("stages"))),
    ]
    return [stages, [("meshplan plan (whole)", partial(_whole_program, folder, out))]]


def _read(folder: Path, _before: object = None) -> Any:
    from planner import pipeline  # noqa: PLC0415 - in the measured process
    from planner.settings import Settings  # noqa: PLC0415

    return pipeline.start([str(folder)], Settings(), "default", lambda *_: None)


def _work_out(stage: str, run: Any) -> Any:
    """Ask a run for one stage; the run keeps what it has worked out."""
    getattr(run, stage)
    return run


def _simulate(run: Any) -> Any:
    """Judge every flow at every step of the plan as it came out."""
    from planner.simulate.timeline import simulate  # noqa: PLC0415

    simulate(run.bundles, run.graph, run.stage())
    return run


def _produce(out: Path, run: Any) -> Any:
    from planner import pipeline  # noqa: PLC0415

    pipeline.produce(run, out, lambda *_: None)
    return run


def _whole_program(folder: Path, out: Path, _before: object = None) -> None:
    """Run meshplan as a user does.

    Raises:
        RuntimeError: It ended with another code than 0 or 4 (some input could not be read), or made no plan.
    """
    line = [sys.executable, "-m", "planner", "plan", str(folder), "-d", str(out), "-o", "json"]
    done = subprocess.run(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, 4):
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise RuntimeError(f"exit code {done.returncode}: {last}")
    if not (out / "plan.json").exists():
        raise RuntimeError("it ended well and wrote no plan.json")


def generate(folder: Path, options: argparse.Namespace, _before: object = None) -> None:
    """Write the company; in a process of its own, so that the measuring one stays small."""
    from benchmarks.company import write  # noqa: PLC0415 - see above
    from benchmarks.design import design  # noqa: PLC0415

    write(design(size_from(options)), folder)


def benchmark(options: argparse.Namespace, home: Path) -> dict[str, Any]:
    """Generate (unless the folder is there from an earlier run) and measure.

    Returns:
        The report as JSON values.

    Raises:
        RuntimeError: The company could not be generated.
    """
    folder = home / "manifests"
    if not folder.exists():
        made = run_chain([("generate", partial(generate, folder, options))])
        if made[-1].fault:
            raise RuntimeError(made[-1].fault)
    files = sorted(folder.rglob("*.yaml"))
    truth = json.loads((home / TRUTH).read_text(encoding="utf-8"))
    chains: list[list[Step]] = [[(PLAIN, partial(plain_load, folder))]]
    with tempfile.TemporaryDirectory() as out:
        chains.extend(meshplan_stages(folder, Path(out) / "plan"))
        measures = [measure for chain in chains for measure in run_chain(chain)]
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "namespaces": truth["namespaces"],
        "services": truth["services"],
        "flows": len(truth["static"]) + len(truth["codeOnly"]),
        "seed": truth["seed"],
        "files": len(files),
        "bytes": sum(path.stat().st_size for path in files),
        "steps": [asdict(measure) for measure in measures],
    }


def table(report: dict[str, Any]) -> str:
    """Write the report for people, 80 columns wide at most."""
    measures = [Measure(**step) for step in report["steps"]]
    plain = measures[0]
    lines = [
        "{namespaces:,} namespaces, {services:,} services, {flows:,} flows, seed {seed}".format(**report),
        f"{report['bytes'] / 1e6:.1f} MB in {report['files']} files; Python {report['python']}, {report['machine']}",
        "",
        f"{'step':<30}{'wall s':>9}{'cpu s':>9}{'peak MiB':>10}{'× wall':>9}{'× peak':>9}",
    ]
    for one in measures:
        ratios = f"{one.wall / plain.wall:>9.2f}{one.peak / plain.peak:>9.2f}"
        lines.append(f"{one.step[:29]:<30}{one.wall:>9.2f}{one.cpu:>9.2f}{one.peak:>10.0f}{ratios}")
        if one.fault:
            lines.append(f"  failed: {one.fault}"[:80])
    lines += ["", "peak: highest resident memory from the start of that process to the end of the step"]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; give its exit code, 1 where a step failed."""
    parser = argparse.ArgumentParser(prog="stages.py", description="Time and memory on a generated company.")
    parser.add_argument("--dir", type=Path, help="keep the company here, and use it again when it is there")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    add_size_options(parser)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        report = benchmark(options, options.dir or Path(temporary))
    print(json.dumps(report, indent=2) if options.json else table(report))
    return 1 if any(step["fault"] for step in report["steps"]) else 0


if __name__ == "__main__":
    sys.exit(main())
