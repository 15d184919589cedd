"""Something skipped, guessed, assumed or lost, with its place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class NoteKind(StrEnum):
    """What a note tells about: input that was lost, or a decision taken without being told."""

    UNREAD = "unread"
    """A part of the input could not be read; results are partial (exit code 4)."""
    SKIPPED = "skipped"
    """Something was read and left aside on purpose."""
    GUESSED = "guessed"
    """A value was inferred where the input did not say."""
    LOST = "lost"
    """A stage could not carry something on."""


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """One remark for the report.

    Attributes:
        kind: See `NoteKind`.
        message: One sentence for a person.
        file: Path of the input file as given, or an empty string.
        document: Number of the YAML document in the file, counted from 1; 0 where it does not apply.
        line: Line in the file, counted from 1; 0 where unknown.
        subject: Text of the object or flow this is about, or an empty string.
        hint: What to do about it, or an empty string.
    """

    kind: NoteKind
    message: str
    file: str = ""
    document: int = 0
    line: int = 0
    subject: str = ""
    hint: str = ""

    @property
    def place(self) -> str:
        """File, line and document in one short text; empty where there is none."""
        if not self.file:
            return self.subject
        line = f":{self.line}" if self.line else ""
        document = f" (document {self.document})" if self.document else ""
        return f"{self.file}{line}{document}"
