"""Builds the parts of a real control plane: kube-apiserver, etcd, kubectl and the CRDs of Istio and Gateway API.

Run with any Python from 3.11 on; only the standard library is used. The parts land in a cache folder outside the
clone whose name is a hash of everything they depend on, so that an unchanged call does nothing. They are built in a
temporary folder beside it, which is renamed at the end: a folder with the right name is always complete.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

MODULES = Path(__file__).resolve().parent / "tools"
KUBERNETES = "v1.36.3"
CRD_SOURCES = {
    "istio.io/api": ("kubernetes/customresourcedefinitions.gen.yaml", "istio.yaml"),
    "sigs.k8s.io/gateway-api": ("config/crd/standard/*_*.yaml", "gateway-api.yaml"),
}
"""Per Go module: which of its files, and the name of the file in `crds/`."""


@dataclass(frozen=True, slots=True)
class Program:
    """One program: the folder of its Go module below `tools/`, its package, its linker flags."""

    name: str
    module: str
    package: str
    ldflags: str


def _version_flags() -> str:
    """Set the version that Kubernetes' own build sets; without it the server reports `v0.0.0-master`."""
    _, minor, _ = KUBERNETES.split(".")
    values = {"gitVersion": KUBERNETES, "gitMajor": "1", "gitMinor": minor}
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    return " ".join(
        ["-s -w", *(f"-X {package}.{key}={value}" for package in packages for key, value in values.items())]
    )


PROGRAMS = (
    Program("etcd", "etcd", "go.etcd.io/etcd/server/v3", "-s -w"),
    Program("kube-apiserver", "kubernetes", "k8s.io/kubernetes/cmd/kube-apiserver", _version_flags()),
    Program("kubectl", "kubernetes", "k8s.io/kubernetes/cmd/kubectl", _version_flags()),
)


class ToolsError(Exception):
    """A part cannot be built; the message is one line."""


def cache() -> Path:
    """Name the cache folder of meshplan."""
    own = os.environ.get("MESHPLAN_CACHE")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "meshplan"


def key() -> str:
    """Hash what the parts depend on: the pinned modules, the flags, the files to copy, the machine."""
    return hashed([repr(PROGRAMS), repr(CRD_SOURCES)], MODULES.glob("*/go.*"))


def hashed(said: Iterable[str], files: Iterable[Path]) -> str:
    """Hash settings and contents of files, for this machine."""
    parts = [*said, sys.platform, platform.machine()]
    parts += [path.read_text(encoding="utf-8") for path in sorted(files)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def folder() -> Path:
    """Name the folder of the parts, built or not."""
    return cache() / "cluster-tools" / key()


def build(made: Path) -> None:
    """Build all parts into an empty folder.

    Raises:
        ToolsError: Go is missing, too old, or a part does not build.
    """
    check_go(MODULES)
    for program in PROGRAMS:
        say(f"building {program.name} …")
        compile_go(MODULES / program.module, made / program.name, program.package, program.ldflags)
    _copy_crds(made / "crds")


def compile_go(module: Path, target: Path, package: str, ldflags: str = "-s -w") -> None:
    """Build one program of a Go module."""
    go(module, "build", "-trimpath", "-buildvcs=false", "-p", "2", "-ldflags", ldflags, "-o", str(target), package)


def appear(target: Path, build_into: Callable[[Path], None]) -> None:
    """Let a folder appear whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".building-", dir=target.parent) as name:
        made = Path(name) / "tools"
        made.mkdir()
        build_into(made)
        try:
            made.rename(target)
        except OSError:
            if not target.is_dir():
                raise
            # Another build was faster; both made the same.


def _copy_crds(target: Path) -> None:
    target.mkdir()
    for module, (pattern, name) in CRD_SOURCES.items():
        source = Path(json.loads(go(MODULES / "crds", "mod", "download", "-json", module))["Dir"])
        texts = [path.read_text(encoding="utf-8") for path in sorted(source.glob(pattern))]
        crds = [text for text in texts if "\nkind: CustomResourceDefinition\n" in text]
        if not crds:
            raise ToolsError(f"{module} has no CustomResourceDefinition in {pattern}")
        (target / name).write_text("\n---\n".join(crds), encoding="utf-8")


def check_go(modules: Path) -> None:
    """Make sure that this Go can build the modules below a folder.

    Raises:
        ToolsError: It is missing or too old.
    """
    wanted = max(_wanted_versions(modules))
    if shutil.which("go") is None:
        raise ToolsError(f"Go {_text(wanted)} or newer is needed to build the parts: https://go.dev/dl/")
    found = re.search(r"go(\d+)\.(\d+)", go(modules, "env", "GOVERSION"))
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    if version < wanted:
        raise ToolsError(f"Go {_text(wanted)} or newer is needed, this is {_text(version)}: https://go.dev/dl/")


def _wanted_versions(modules: Path) -> Iterator[tuple[int, int]]:
    for path in modules.glob("*/go.mod"):
        found = re.search(r"^go (\d+)\.(\d+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        if found:
            yield int(found[1]), int(found[2])


def _text(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def go(where: Path, *arguments: str) -> str:
    """Run Go with the versions of its own module file and this toolchain, whatever the user's settings say.

    Raises:
        ToolsError: It failed; the message has its last line.
    """
    own = {"GOFLAGS": "-mod=readonly", "GOWORK": "off", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    return run(["go", *arguments], where, own)


def run(command: list[str], where: Path, environment: Mapping[str, str]) -> str:
    """Run a program and give what it printed.

    Raises:
        ToolsError: It failed; the message has its last line.
    """
    ran = subprocess.run(command, cwd=where, env=os.environ | environment, capture_output=True, text=True, check=False)
    if ran.returncode:
        last = (ran.stderr.strip() or ran.stdout.strip() or "no message").splitlines()[-1]
        raise ToolsError(f"{' '.join(command[:3])} in {where.name} failed: {last}")
    return ran.stdout


def say(text: str) -> None:
    """Tell how far it is."""
    sys.stderr.write(text + "\n")


def answer(arguments: list[str], what: str, target: Path, build_into: Callable[[Path], None]) -> int:
    """Build what is missing and print the folder; the whole of a command line."""
    parser = argparse.ArgumentParser(description=f"Build {what} for the tests.")
    parser.add_argument("--where", action="store_true", help="only print the folder, built or not")
    options = parser.parse_args(arguments)
    try:
        if not options.where and not target.is_dir():
            appear(target, build_into)
    except (ToolsError, OSError) as error:
        say(f"error: {error}")
        return 1
    sys.stdout.write(f"{target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(answer(sys.argv[1:], "kube-apiserver, etcd and kubectl", folder(), build))
