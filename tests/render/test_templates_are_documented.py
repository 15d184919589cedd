import re

import pytest

from planner.render.environment import own_folder

FOLDER = own_folder()
NAMES = sorted(path.name for path in FOLDER.glob("*.j2"))
README = (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_each_template_is_in_the_readme(name: str) -> None:
    assert f"`{name}`" in README


@pytest.mark.parametrize("name", NAMES)
def test_no_value_stands_bare(name: str) -> None:
    """Every printed expression ends in a filter, is a text of our own, a count, or a name that we make."""
    own = {"step.function", "function", "more", "step.name"}
    shown = re.sub(r"\{% raw %\}.*?\{% endraw %\}", "", (FOLDER / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    for expression in re.findall(r"\{\{(.*?)\}\}", shown):
        text = expression.strip()
        if not text or text in own or text.startswith(('"', "'")) or "length" in text:
            continue
        assert re.search(r"\| (yaml|comment|shell|md|code)(\(\d\))?$", text), f"{name}: {text}"


def test_the_readme_names_no_template_that_is_gone() -> None:
    assert set(re.findall(r"`([a-z_.-]+\.j2)`", README)) == set(NAMES)
