"""A sample is planned from an installed wheel in an environment of its own: nothing of the checkout is needed."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_a_sample_is_rendered_from_an_installed_wheel(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", tmp_path, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    place = tmp_path / "env"
    venv.create(place, with_pip=True)
    python = place / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run(install, check=True, capture_output=True)
    _lend_dependencies(place)
    command = [python, "-m", "planner", "plan", ROOT / "samples" / "bank", "-d", tmp_path / "out", "-q"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "out" / "phases" / "01-canary" / "README.md").is_file()
    snapshot, shared = tmp_path / "out" / "snapshot.json", tmp_path / "shared.json.zst"
    scan = [python, "-m", "planner", "scan", snapshot, "--anonymise", "-q", "-o", shared]  # needs the lists of words
    subprocess.run(scan, cwd=tmp_path, capture_output=True, check=True)
    assert shared.stat().st_size > 1000
    where = subprocess.run(
        [python, "-c", "import planner; print(planner.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(place) in where.stdout


def _lend_dependencies(place: Path) -> None:
    """Let the new environment use the libraries installed here, but not this checkout.

    The test needs no network that way; what is proven is that the wheel holds everything of ours.
    """
    here = Path(sys.prefix) / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    there = place / "lib" / here.parent.name / "site-packages"
    for entry in here.iterdir():
        ours = (
            entry.name.lower().startswith(("meshplan", "planner", "_editable", "__editable")) or entry.suffix == ".pth"
        )
        if not ours and not (there / entry.name).exists():
            (there / entry.name).symlink_to(entry)
