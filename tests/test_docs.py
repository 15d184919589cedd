"""The documents agree with the program: links lead somewhere, and what can fail has its section."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from planner.cli.app import app
from planner.cli.exits import Exit
from planner.report.schemas import all_schemas

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("docs", "samples", "benchmarks", "templates")
PAGES = (ROOT / "README.md", *sorted(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md")))
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    for target in _LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_every_slug_of_an_error_has_its_section() -> None:
    sections = set(re.findall(r"^## (\S+)$", (ROOT / "docs" / "errors.md").read_text(encoding="utf-8"), re.MULTILINE))
    used = set()
    for path in (ROOT / "planner").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            if name.endswith("Error") and isinstance(node, ast.Call):
                last = node.args[2] if len(node.args) > 2 else None
                given = [k.value for k in node.keywords if k.arg == "slug"] + ([last] if last else [])
                used.update(value.value for value in given if isinstance(value, ast.Constant))
    assert used
    assert used <= sections, used - sections


def test_every_command_and_exit_code_is_documented() -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    for command in app.registered_commands:
        assert command.callback is not None
        assert f"## meshplan {command.callback.__name__}" in text
    for code in Exit:
        assert f"- `{code.value}` " in text


def test_generated_documents_are_up_to_date() -> None:
    ran = subprocess.run(
        [sys.executable, ROOT / "tools" / "generate_docs.py", "--check"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert {path.stem for path in (ROOT / "docs" / "schemas").glob("*.json")} == set(all_schemas())


def test_the_readme_counts_the_rules_it_has() -> None:
    pages = [path for path in (ROOT / "docs" / "rules").glob("*.md") if path.name != "README.md"]
    assert f"{len(pages)} rules" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_project_speaks_of_itself_alone() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("not a git checkout")
    for name in tracked.stdout.split():
        if name.startswith(("planner/", "templates/", "docs/", "samples/")) or name == "README.md":
            text = (ROOT / name).read_text(encoding="utf-8")
            assert "shared/" not in text, name
