"""Write the cluster of a made-up company as manifests, with the truth about who calls whom beside them.

The same parameters and seed give the same bytes. The manifests are a mix of what real clusters hold: workloads with
their Services, configuration files in ConfigMaps, databases, jobs, Ingresses, policies and monitoring. A share of the
calls is *code only*: made by the program, written in no manifest. `truth.json` lists both kinds, so that a reader of
manifests can be measured: all static calls should be found, no code-only call can be.

    python benchmarks/company.py OUT/manifests --seed 1        # writes OUT/manifests/*.yaml and OUT/truth.json
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.design import design
from benchmarks.manifests import namespace_files
from benchmarks.topology import Company, Size, TooSmallError

TRUTH = "truth.json"
"""Name of the file that says what was generated; it is never inside the manifests folder."""


@dataclass(frozen=True, slots=True)
class Written:
    """What `write` left on disk.

    Attributes:
        folder: Folder of the manifests.
        truth: File with the calls that were generated.
        files: Number of manifest files.
        size: Bytes of all manifest files together.
    """

    folder: Path
    truth: Path
    files: int
    size: int


def write(company: Company, folder: Path) -> Written:
    """Write one multi-document file per namespace into `folder`, and the truth beside it.

    Args:
        company: What `design` gave.
        folder: A folder that does not exist yet or is empty.

    Returns:
        What was written, and how much of it.

    Raises:
        FileExistsError: The folder holds something, which might be read as part of the company.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    size = files = 0
    for name, text in namespace_files(company):
        data = text.encode()
        (folder / f"{name}.yaml").write_bytes(data)
        size += len(data)
        files += 1
    truth = folder.parent / TRUTH
    truth.write_text(json.dumps(truth_of(company), indent=1) + "\n", encoding="utf-8")
    return Written(folder, truth, files, size)


def truth_of(company: Company) -> dict[str, object]:
    """Give the calls of a company as JSON values, static ones and code-only ones apart.

    References are written as meshplan writes them: `namespace/name` and `external:host`.
    """
    rows: dict[bool, list[dict[str, object]]] = {True: [], False: []}
    for call in company.calls:
        rows[call.static].append(
            {
                "from": call.source.ref,
                "fromKind": call.source.kind,
                "to": call.target,
                "port": call.port,
                "protocol": call.protocol,
                "writtenIn": call.medium,
            }
        )
    size = company.size
    return {
        "seed": size.seed,
        "namespaces": size.namespaces,
        "services": size.services,
        "static": rows[True],
        "codeOnly": rows[False],
    }


def add_size_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how large the company is."""
    default = Size()
    parser.add_argument("--namespaces", type=int, default=default.namespaces)
    parser.add_argument("--services", type=int, default=default.services)
    parser.add_argument("--flows", type=int, default=default.flows)
    parser.add_argument("--code-only", type=float, default=default.code_only, help="share of flows in no manifest")
    parser.add_argument("--ingresses", type=int, default=default.ingresses)
    parser.add_argument("--jobs", type=int, default=default.jobs, help="Jobs and CronJobs together")
    parser.add_argument("--seed", type=int, default=default.seed)


def size_from(options: argparse.Namespace) -> Size:
    """Turn parsed options into a size."""
    return Size(
        namespaces=options.namespaces,
        services=options.services,
        flows=options.flows,
        code_only=options.code_only,
        ingresses=options.ingresses,
        jobs=options.jobs,
        seed=options.seed,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; give its exit code."""
    parser = argparse.ArgumentParser(prog="company.py", description="Write a made-up company's manifests.")
    parser.add_argument("folder", type=Path, help="new or empty folder for the manifests")
    add_size_options(parser)
    options = parser.parse_args(arguments)
    try:
        done = write(design(size_from(options)), options.folder)
    except (TooSmallError, FileExistsError) as fault:
        print(f"company.py: {fault}", file=sys.stderr)
        return 2
    print(f"{done.folder}: {done.size / 1e6:.1f} MB in {done.files} files; truth in {done.truth}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
