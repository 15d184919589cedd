"""The output folder: whole or not at all, and never somebody else's."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path, PurePosixPath

import planner
from planner.errors import OutputError
from planner.model.bundle import RenderedFile

MARKER = ".meshplan"
"""File that says that a folder is meshplan's and may be replaced."""

RECORDS = (".meshplan-rollout", "records")
"""What `meshplan apply` leaves in the folder of a rollout that has begun."""

_RUNS, _READS = 0o755, 0o644
_WRITERS = 4


def write(files: Iterable[RenderedFile], out: Path) -> None:
    """Write the output folder.

    Everything is written into a new folder beside it, which then takes its place, so that a failure half way
    leaves what was there.

    Args:
        files: Files with paths below the folder.
        out: The folder; replaced when it carries meshplan's marker and no rollout has begun.

    Raises:
        OutputError: The folder is not meshplan's, a rollout has begun, or it cannot be written.
    """
    refuse_foreign(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as fault:
        raise _cannot(out, fault) from fault
    try:
        _fill(fresh, files)
        _swap(fresh, out)
    except OSError as fault:
        raise _cannot(out, fault) from fault
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def write_file(path: Path, content: bytes) -> None:
    """Write one file, whole or not at all.

    Raises:
        OutputError: It cannot be written.
    """
    fresh = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(content)
        fresh.replace(path)
    except OSError as fault:
        fresh.unlink(missing_ok=True)
        raise _cannot(path, fault) from fault


def refuse_foreign(out: Path) -> None:
    """Refuse a folder that may not be replaced; to be asked before the work as well as before the writing.

    Raises:
        OutputError: It is not meshplan's, it holds a file of somebody else, or the record of a rollout.
    """
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise OutputError(f"{out} is not a folder", "choose another with -d", "output")
    if not out.exists() or not any(out.iterdir()):
        return
    for name in RECORDS:
        if (out / name).exists():
            raise OutputError(
                f"{out} belongs to a rollout that has begun ({name}), so it is not replaced",
                "write the new plan to another folder with -d; it reads the old one",
                "output",
            )
    if not (out / MARKER).is_file():
        raise OutputError(f"{out} holds files that are not meshplan's", "choose an empty folder with -d", "output")
    _refuse_added(out)


def _refuse_added(out: Path) -> None:
    """Refuse a folder in which somebody keeps a file of their own; markers of older versions name no files."""
    try:
        marker = json.loads((out / MARKER).read_text(encoding="utf-8"))
        found = sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_symlink() or not p.is_dir())
    except (OSError, ValueError) as fault:
        raise OutputError(
            f"{out}/{MARKER} cannot be read: {fault}", "choose another folder with -d", "output"
        ) from fault
    written = marker.get("files") if isinstance(marker, dict) else None
    if not isinstance(written, list):
        return
    known = {MARKER, *(name for name in written if isinstance(name, str))}
    added = next((name for name in found if name not in known), "")
    if added:
        raise OutputError(
            f"{out} holds a file that meshplan did not write: {added}",
            "move it away, or choose another folder with -d",
            "output",
        )


def _fill(folder: Path, files: Iterable[RenderedFile]) -> None:
    folder.chmod(_RUNS)
    inside = [(_inside(file.path), file) for file in files]
    for parent in sorted({path.parent for path, _ in inside}):
        (folder / parent).mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(_WRITERS) as writers:  # the time goes into waiting for the file system
        parts = [inside[start::_WRITERS] for start in range(_WRITERS)]
        written = sorted(name for names in writers.map(partial(_write_part, folder), parts) for name in names)
    about = {"tool": "meshplan", "version": planner.__version__, "files": written}
    marker = json.dumps(about, sort_keys=True, indent=1)
    (folder / MARKER).write_text(marker + "\n", encoding="utf-8")


def _write_part(folder: Path, part: Iterable[tuple[PurePosixPath, RenderedFile]]) -> list[str]:
    written = []
    for path, file in part:
        with (folder / path).open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(file.text)
            os.fchmod(stream.fileno(), _RUNS if file.executable else _READS)
        written.append(path.as_posix())
    return written


def _inside(path: str) -> PurePosixPath:
    """Give a path that stays below the folder.

    Raises:
        OutputError: It is absolute, climbs, or is meshplan's own marker.
    """
    pure = PurePosixPath(path)
    if not path or pure.is_absolute() or ".." in pure.parts or "\\" in path or pure.parts[0] in (MARKER, *RECORDS):
        raise OutputError(f"{path!r} does not stay inside the output folder", "this is a bug in meshplan", "output")
    return pure


def _swap(fresh: Path, out: Path) -> None:
    """Put the fresh folder in the place of the old one; the old one comes back when that fails."""
    if not out.exists():
        fresh.rename(out)
        return
    old = fresh.with_name(fresh.name + "-old")
    out.rename(old)
    try:
        fresh.rename(out)
    except OSError:
        old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _cannot(out: Path, fault: OSError) -> OutputError:
    return OutputError(f"{out} cannot be written: {fault.strerror or fault}", "choose another folder with -d", "output")
