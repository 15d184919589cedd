"""The rollout that an output folder holds: its phases and steps, and whether somebody edited them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from planner.bundle import saved
from planner.errors import InputError, UsageError
from planner.model.bundle import PhaseBundle, RenderedFile, StepBundle
from planner.operate.refusal import RefusedError

FILE = "rollout.json"
"""The machine file, beside `plan.json`."""

_EDITED = "change the configuration and plan again, or apply by hand with apply.sh"


def text(bundles: Iterable[PhaseBundle], files: Iterable[RenderedFile]) -> str:
    """Write the machine file for bundles and the files that were rendered from them."""
    return saved.dump(bundles, {file.path: file.text for file in files if _of_step(PurePosixPath(file.path))})


def _of_step(path: PurePosixPath) -> bool:
    return path.parts[:1] == ("phases",) and path.parts[2:3] == ("steps",)


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """One step with the phase that it belongs to.

    Attributes:
        phase: The phase.
        step: The step.
    """

    phase: PhaseBundle
    step: StepBundle

    @property
    def name(self) -> str:
        """`01-canary/20-label`."""
        return f"{self.phase.folder}/{self.step.name}"


@dataclass(frozen=True, slots=True, eq=False)
class Rollout:
    """The whole rollout.

    Attributes:
        folder: The output folder.
        phases: In order.
        digest: SHA-256 of the phases; the record keeps it, so that no other plan goes on with it.
    """

    folder: Path
    phases: tuple[PhaseBundle, ...]
    digest: str

    @property
    def places(self) -> tuple[Place, ...]:
        """Every step, in the order in which they are applied."""
        return tuple(Place(phase, step) for phase in self.phases for step in phase.steps)

    def of_phase(self, wanted: str) -> PhaseBundle:
        """Find a phase by its number or the name of its folder.

        Raises:
            UsageError: There is none; the hint lists them.
        """
        number = int(wanted) if wanted.isascii() and wanted.isdigit() else None
        for phase in self.phases:
            if wanted in (phase.folder, phase.folder.partition("-")[2]) or phase.index == number:
                return phase
        known = ", ".join(phase.folder for phase in self.phases)
        raise UsageError(f"--phase {wanted}: there is no such phase", f"one of: {known}", "rollout")

    def matching(self, phase: str, step: str) -> tuple[Place, ...]:
        """Find steps by name; either may be empty for any. `20` finds `20-label`.

        Raises:
            UsageError: There is none; the hint lists them.
        """
        inside = self.of_phase(phase) if phase else None
        listed = [place for place in self.places if inside is None or place.phase is inside]
        folder, _, name = step.rpartition("/")
        found = [
            p for p in listed
            if (not step or name in (p.step.name, p.step.name.partition("-")[0])) and folder in ("", p.phase.folder)
        ]  # fmt: skip
        if not found:
            known = ", ".join(place.step.name if inside else place.name for place in listed) or "no step at all"
            what = f"--step {step}" if step else f"--phase {phase}"
            where = f" in {inside.folder}" if inside else ""
            raise UsageError(f"{what}: there is no such step{where}", f"one of: {known}", "rollout")
        return tuple(found)

    def chosen(self, phase: str, step: str) -> tuple[Place, ...]:
        """Find steps by name, of which a named one must be one alone.

        Raises:
            UsageError: There is none, or the name fits steps of several phases.
        """
        found = self.matching(phase, step)
        if step and len(found) > 1:
            known = ", ".join(place.name for place in found)
            raise UsageError(f"--step {step}: several phases have it", f"add --phase; it is one of: {known}", "rollout")
        return found


def read(folder: Path) -> Rollout:
    """Read the rollout of a folder that `meshplan plan` wrote.

    Raises:
        InputError: There is none.
        RefusedError: Its steps were edited after planning.
    """
    path = folder / FILE
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as fault:
        hint = "name the folder that `meshplan plan -d` wrote, with -d"
        raise InputError(f"{path}: not there, or not written by meshplan", hint, "rollout") from fault
    phases, files, digest = saved.load(content, str(path))
    edited = [] if saved.stated_digest(content) == digest else [f"{FILE} was edited"]
    edited.extend(_edited(folder, files))
    if edited:
        more = f" (and {len(edited) - 1} more)" if len(edited) > 1 else ""
        raise RefusedError(f"{folder}: {edited[0]} after planning{more}; nothing was done", _EDITED, "rollout")
    return Rollout(folder, phases, digest)


def _edited(folder: Path, files: Mapping[str, str]) -> list[str]:
    """Say which files of the steps are not those that were written."""
    found = []
    for name, digest in files.items():
        path = folder / name
        try:
            now = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            found.append(f"{name} was taken away")
            continue
        if now != digest:
            found.append(f"{name} was edited")
    here = (p for p in folder.glob("phases/*/steps/**/*") if not p.is_dir())
    added = sorted(p.relative_to(folder).as_posix() for p in here)
    return found + [f"{name} was added" for name in added if name not in files]
