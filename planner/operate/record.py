"""The record of a rollout: one JSON line per event, appended and synced before and after each change.

A run that dies leaves an intent without its end; the next run looks at the cluster to see which of both it was.
"""

from __future__ import annotations

import fcntl
import getpass
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from planner.errors import InputError, OutputError
from planner.operate.refusal import RefusedError

FILE = ".meshplan-rollout"
"""Name of the record; `meshplan plan` never replaces a folder that holds it."""

TORN = "torn"
"""Event that says that the line before it was cut off while it was written."""

Event = Mapping[str, Any]


def now() -> str:
    """Give the time as the record writes it: UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def user() -> str:
    """Name the person at the keyboard as the operating system knows them; whoever changed to root by sudo is named."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"


def read(folder: Path) -> tuple[Event, ...]:
    """Read every event, in order; none where no rollout has begun.

    Raises:
        InputError: A line is no event, although it was written whole.
    """
    path = folder / FILE
    try:
        content = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ()
    except OSError as fault:
        raise InputError(f"{path}: cannot be read: {fault.strerror}", "", "rollout") from fault
    *lines, tail = content.split("\n")
    events = [_event(line) for line in lines]
    for number, event in enumerate(events):
        after = events[number + 1] if number + 1 < len(events) else None
        if event is None and (after is None or after.get("event") != TORN):
            hint = "put the file back as it was; what was done is only known from it"
            raise InputError(f"{path}:{number + 1}: not a line of a record", hint, "rollout")
    last = _event(tail) if tail else None
    return tuple(event for event in (*events, last) if event is not None)


def _event(line: str) -> Event | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) and isinstance(value.get("event"), str) else None


@dataclass
class Journal:
    """The record, open for appending by one process.

    Attributes:
        events: What is in it, in order.
        clock: Gives the time.
        who: Name of the person.
    """

    path: Path
    events: list[Event] = field(default_factory=list)
    clock: Callable[[], str] = now
    who: str = field(default_factory=user)

    def add(self, event: str, **values: Any) -> Event:
        """Append one event and wait until it is on the disk.

        Raises:
            OutputError: It cannot be written, so nothing may be changed either.
        """
        line = {"event": event, "time": self.clock(), "user": self.who, **values}
        new = not self.path.exists()
        try:
            with self.path.open("ab") as stream:
                if _torn(self.path):
                    stream.write(b"\n" + _bytes({"event": TORN, "time": self.clock()}))
                stream.write(_bytes(line))
                stream.flush()
                os.fsync(stream.fileno())
            if new:
                _sync_folder(self.path.parent)
        except OSError as fault:
            hint = "nothing is changed that cannot be recorded; free the disk and run it again"
            raise OutputError(f"{self.path} cannot be written: {fault.strerror}", hint, "rollout") from fault
        self.events.append(line)
        return line


def _bytes(line: Event) -> bytes:
    return (json.dumps(line, ensure_ascii=False) + "\n").encode()


def _torn(path: Path) -> bool:
    """Whether the last line was cut off."""
    with path.open("rb") as stream:
        if stream.seek(0, os.SEEK_END) == 0:
            return False
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) != b"\n"


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def locked(folder: Path, holder: str) -> Iterator[Journal]:
    """Open the record for one process; the lock goes with the process, however it ends.

    Args:
        folder: The output folder.
        holder: Name of its machine file, which carries the lock.

    Raises:
        RefusedError: Another meshplan works on this folder.
    """
    try:
        stream = (folder / holder).open("r+b")
    except OSError as fault:
        raise OutputError(f"{folder} cannot be written: {fault.strerror}", "", "rollout") from fault
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as fault:
            hint = "wait for it, or look for it with: ps aux | grep meshplan"
            raise RefusedError(f"another meshplan works on {folder}; nothing was done", hint, "rollout") from fault
        yield Journal(folder / FILE, list(read(folder)))
