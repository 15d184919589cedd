"""What apply, verify, status and undo show: plain tables at 80 columns, and JSON."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.markup import escape

from planner.bundle.patching import path_text
from planner.cli.console import Terminal
from planner.errors import UsageError
from planner.model.bundle import FieldPath
from planner.operate.gates import Answer, Word
from planner.operate.preflight import Found, Row
from planner.operate.refusal import RefusedError
from planner.operate.rollout import Rollout
from planner.operate.status import Line
from planner.operate.values import shown
from planner.operate.verify import Check
from planner.pipeline import operate
from planner.report.documents import API_VERSION

FORMATS = ("table", "json")
_WIDTH, _FEW = 80, 12

Directory = Annotated[str, typer.Option("-d", "--directory", help="Folder that meshplan plan wrote.", metavar="OUT")]
Context = Annotated[
    str, typer.Option("--context", help="Context of the kubeconfig; the current one without it.", metavar="NAME")
]
Phase = Annotated[str, typer.Option("--phase", help="Phase, by number or name.", metavar="PHASE", show_default=False)]
Step = Annotated[
    str, typer.Option("--step", help="Step (20-label, or 01-canary/20-label).", metavar="STEP", show_default=False)
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask whether cluster and changes are right.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Let the server check every change, and change nothing.")]
Timeout = Annotated[
    float, typer.Option("--timeout", help="Seconds to wait for each restarted workload.", metavar="SECONDS", min=0)
]


Say = Callable[[str], None]
"""Prints one line for the person who watches."""


def begin(directory: str, output: str, no_color: bool) -> tuple[Rollout, Terminal, Say]:
    """Open the rollout of a folder, and give what prints: to stdout beside a table, to stderr beside JSON.

    Raises:
        UsageError: There is no such output format.
        InputError: The folder is not one that `meshplan plan` wrote.
        RefusedError: Its steps were edited after planning.
    """
    if output not in FORMATS:
        raise UsageError(f"-o {output}: not one of {', '.join(FORMATS)}", slug="usage")
    rollout = operate.opened(directory)
    terminal = Terminal(colour=not no_color)
    console = terminal.err if output == "json" else terminal.out
    return rollout, terminal, lambda text: console.print(escape(text), soft_wrap=True)


def cluster(say: Say, here: Mapping[str, str], pinned: bool) -> None:
    """Name the cluster that a command works on."""
    say(f"Cluster  {here['context']}  {here['server']}")
    say(f"         uid {here['uid']}{'  (the one it began on)' if pinned else ''}")


def sure(question: str, yes: bool) -> None:
    """Ask a person, unless they said yes before.

    Raises:
        RefusedError: They say no, or nobody is there to ask.
    """
    if yes:
        return
    if not person():
        raise RefusedError(
            "nobody is there to ask whether this is right; nothing was changed", "say so with --yes", "rollout"
        )
    if not typer.confirm(question, default=False, err=True):
        raise RefusedError("not confirmed; nothing was changed", "", "rollout")


@contextmanager
def told_when_stopped(out: str) -> Iterator[None]:
    """Say what a person must know who stops a run in the middle.

    Raises:
        RefusedError: The run was stopped.
    """
    try:
        yield
    except KeyboardInterrupt:
        text = "stopped in the middle of the step; what was changed stands and is in the record"
        raise RefusedError(text, f"see how far it is: meshplan status -d {out}", "rollout") from None


def person() -> bool:
    """Whether somebody sits at the terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask_gate(item: Answer) -> bool:
    """Ask whether a gate holds that meshplan cannot look at; without a person the answer is no."""
    if not person():
        return False
    typer.echo(f"\nGate {item.name}\n  {item.gate.text}", err=True)
    if item.gate.command:
        typer.echo(f"  {item.gate.command}", err=True)
    return typer.confirm("  Does it hold?", default=False, err=True)


def changes(say: Say, rows: Iterable[Row]) -> None:
    """Show what will be changed: the object, below it each field with the value before and after."""
    last = None
    for row in rows:
        if row.action.ref != last:
            last = row.action.ref
            say(f"  {last}")
        state = "" if row.found is Found.TO_DO else f"  ({row.found})"
        unread = "" if row.known else "  (not read when planning)"
        first, *more = _change(row)
        say(f"    {first}{state}{unread}")
        for text in more:
            say(f"    {text}")


def _change(row: Row) -> tuple[str, ...]:
    if row.after == "created" and row.action.created:
        leaves = tuple(_leaves(row.action.created.body, ()))
        more = (f"  … and {len(leaves) - _FEW} more fields",) if len(leaves) > _FEW else ()
        return ("create it:", *(f"  {text}" for text in leaves[:_FEW]), *more)
    if row.field.startswith("("):
        return ("restart its pods" if row.after == "restarted" else "delete it",)
    line = f"{row.field}: {row.now} -> {row.after}"
    if len(line) <= _WIDTH - 4:
        return (line,)
    return (f"{row.field}:", f"  {row.now} -> {row.after}")


def _leaves(value: Any, path: FieldPath) -> Iterator[str]:
    """List the values of an object that is created, but for its name."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            if path or key not in ("apiVersion", "kind", "metadata"):
                yield from _leaves(inner, (*path, key))
    elif isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
        for number, item in enumerate(value):
            yield from _leaves(item, (*path, number))
    else:
        yield f"{path_text(path)}: {shown(value)}"


def folded(say: Say, head: str, text: str) -> None:
    """Print a text behind a head, folded at 80 columns."""
    say(textwrap.fill(text, _WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False))


def checks(say: Say, found: Iterable[Check]) -> None:
    """Show what was looked at, step by step."""
    step = ""
    for item in found:
        if item.step != step:
            say(f"\n{item.step}")
            step = item.step
        text = f"{item.what}: {item.text}" if item.text else item.what
        folded(say, f"  {item.word.value:15}", text)


def steps(say: Say, found: Iterable[Line]) -> None:
    """Show how far each step is, below the name of its phase."""
    phase = ""
    for line in found:
        if line.phase != phase:
            phase = line.phase
            say(phase)
        when = line.when.replace("T", " ").removesuffix("Z")
        seen = f"{when} UTC  {line.who}" if line.who else ""
        say(f"  {line.step:18}{line.state:13}{seen}".rstrip())
        if line.text:
            folded(say, " " * 20, line.text)


def document(kind: str, **values: Any) -> str:
    """Write one JSON document."""
    return json.dumps({"apiVersion": API_VERSION, "kind": kind, **values}, ensure_ascii=False, indent=2) + "\n"


def row_value(row: Row) -> dict[str, Any]:
    """Give a change as a machine reads it."""
    return {
        "object": str(row.action.ref), "field": row.field, "found": row.found.value, "now": row.now,
        "expected": row.expected, "after": row.after, "known": row.known,
    }  # fmt: skip


def gate_value(item: Answer) -> dict[str, str]:
    """Give a gate as a machine reads it."""
    return {"gate": item.name, "state": item.word.value, "text": item.gate.text, "because": item.text}


def failing(found: Iterable[Check]) -> bool:
    """Whether something does not hold."""
    return any(item.word is Word.FAILS for item in found)
