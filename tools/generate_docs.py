"""Writes the generated documents, or with --check fails where one is out of date.

Generated are: a page per rule from its docstring and the table of rules (docs/rules/), the CLI reference
from the help texts (docs/cli.md), the rights that reading a cluster needs (docs/rbac.yaml), and
the JSON Schemas (docs/schemas/). Run it with `make docs`.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from planner.checks import catalogue
from planner.cli.app import app, run
from planner.cli.exits import Exit
from planner.pipeline import rbac
from planner.report import documents, schemas

os.environ["COLUMNS"] = os.environ["TERMINAL_WIDTH"] = "100"
ROOT = Path(__file__).resolve().parents[1]
_HEADINGS = {
    "What it finds:": "## What it finds",
    "Why it matters:": "## Why it matters",
    "Blocked:": "## Blocked",
    "Ready:": "## Ready",
    "How to fix:": "## How to fix",
    "Source:": "## Source",
}
_CODE = ("Blocked:", "Ready:")


def documents_by_path() -> dict[str, str]:
    """Return the text of every generated document by its path below the project."""
    found = {f"docs/rules/{module.RULE.name}.md": rule_page(module) for module in catalogue.MODULES}
    found["docs/rules/README.md"] = "# Rules\n\nGenerated from the rules themselves.\n\n" + documents.rule_table(
        catalogue.rules()
    )
    found["docs/cli.md"] = cli_reference()
    found["docs/rbac.yaml"] = rbac.role()
    for kind, schema in schemas.all_schemas().items():
        found[f"docs/schemas/{kind}.json"] = documents.to_json(schema)
    return found


def rule_page(module: ModuleType) -> str:
    """Turn the docstring of a rule into its page."""
    rule = module.RULE
    lines = [
        f"# {rule.id} {rule.name}",
        "",
        f"{rule.title}. Severity {rule.severity.value}; to be settled before: {rule.before.value}; since {rule.since}.",
        f"Reads: {', '.join(rule.kinds) or 'the flows'}.",
        "",
    ]
    lines.extend(_sections((module.__doc__ or "").splitlines()[1:]))
    return "\n".join(lines).rstrip() + "\n"


def _sections(rows: list[str]) -> Iterator[str]:
    code = False
    for row in rows:
        heading = next((head for head in _HEADINGS if row.strip().startswith(head) and not row.startswith(" ")), None)
        if heading is None:
            yield row.removeprefix("    ").rstrip()
            continue
        if code:
            yield "```\n"
        code = heading in _CODE
        yield f"{_HEADINGS[heading]}\n"
        rest = row.strip().removeprefix(heading).strip()
        if rest:
            yield rest
        if code:
            yield "```yaml"
    if code:
        yield "```"


def cli_reference() -> str:
    """Write the help text of every command."""
    parts = ["# Command line", "", "Generated from the help texts.", "", "## Exit codes", ""]
    parts += [f"- `{code.value}` {_docs_of_exit(code)}" for code in Exit]
    for name in sorted(str(command.callback.__name__) for command in app.registered_commands if command.callback):
        parts += ["", f"## meshplan {name}", "", "```", _help(name), "```"]
    return "\n".join(parts) + "\n"


def _help(name: str) -> str:
    """Run a command's --help at a fixed width and keep what it prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        run([name, "--help"])
    return "\n".join(line.rstrip() for line in printed.getvalue().strip().splitlines())


def _docs_of_exit(code: Exit) -> str:
    """Find the sentence that stands under a member of the enumeration in its source."""
    source = Path(sys.modules[Exit.__module__].__file__ or "").read_text(encoding="utf-8").splitlines()
    at = next(number for number, row in enumerate(source) if row.strip() == f"{code.name} = {code.value}")
    return source[at + 1].strip().strip('"')


def main(check: bool) -> int:
    """Write or check; returns an exit code."""
    wanted = documents_by_path()
    stale = [path for path, text in sorted(wanted.items()) if _current(path) != text]
    known = {str(path.relative_to(ROOT)) for path in (ROOT / "docs" / "rules").glob("*.md")}
    left_over = sorted(known - set(wanted))
    if check:
        for path in (*stale, *left_over):
            print(f"{path}: out of date; run: make docs", file=sys.stderr)
        return 1 if stale or left_over else 0
    for path in left_over:
        (ROOT / path).unlink()
    for path in stale:
        target = ROOT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(wanted[path], encoding="utf-8")
        print(f"wrote {path}")
    return 0


def _current(path: str) -> str | None:
    target = ROOT / path
    return target.read_text(encoding="utf-8") if target.is_file() else None


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
