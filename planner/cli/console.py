"""Where output goes: results to stdout, everything else to stderr."""

from __future__ import annotations

import os
import sys

from rich.console import Console

_WIDTH = 80


class _Console(Console):
    """A console whose reader may go away (`meshplan graph | head`) without that being an error."""

    def on_broken_pipe(self) -> None:
        """Leave it to the one place that catches errors."""
        raise BrokenPipeError


class Terminal:
    """Two consoles and the switches that the user gave.

    Attributes:
        out: Results.
        err: Progress, notes and errors.
        quiet: Whether progress and notes are silenced.
    """

    def __init__(self, quiet: bool = False, verbose: bool = False, colour: bool = True) -> None:
        plain = not colour or bool(os.environ.get("NO_COLOR"))
        width = None if sys.stdout.isatty() else _WIDTH
        self.out = _Console(no_color=plain, highlight=False, soft_wrap=False, width=width)
        self.err = _Console(stderr=True, no_color=plain, highlight=False, width=None if sys.stderr.isatty() else _WIDTH)
        self.quiet = quiet
        self.verbose = verbose

    def progress(self, what: str, done: int, total: int) -> None:
        """Show how far a long stage is, on one line that is overwritten; only to a person."""
        if self.quiet or not self.err.is_terminal:
            return
        end = "\n" if done >= total else "\r"
        self.err.print(f"{what}: {done}/{total}", end=end, style="dim")

    def write(self, text: str) -> None:
        """Write a result as it is."""
        sys.stdout.write(text)
        sys.stdout.flush()
