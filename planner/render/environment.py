"""Templates: the user's folder first, then those that come with meshplan, in a sandbox.

A template sees plain values and cannot run code; a name that it uses and nobody gives is an error, not an empty
string.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from jinja2.sandbox import SandboxedEnvironment

import planner
from planner.errors import RenderError
from planner.render import text_filters
from planner.render.yaml_text import block


def own_folder() -> Path:
    """Find the templates that come with meshplan: inside the installed package, else beside it in the repository."""
    package = Path(planner.__file__).parent
    packaged = package / "_templates"
    return packaged if packaged.is_dir() else package.parent / "templates"


class Templates:
    """Renders templates by name.

    Args:
        folder: The user's folder, whose templates are used before meshplan's own; None for none.

    Raises:
        RenderError: The user's folder does not exist.
    """

    def __init__(self, folder: str | None = None) -> None:
        if folder and not Path(folder).is_dir():
            raise RenderError(f"{folder}: no such folder of templates", "see docs/templates.md", "templates")
        places = [folder] if folder else []
        self._environment = SandboxedEnvironment(
            loader=jinja2.FileSystemLoader([*places, str(own_folder())]),
            undefined=jinja2.StrictUndefined,
            autoescape=False,  # nothing here is HTML; each place has a filter of its own
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._environment.filters.update(
            yaml=block,
            shell=text_filters.shell,
            comment=text_filters.comment,
            md=text_filters.markdown,
            code=text_filters.code,
        )

    def render(self, name: str, values: Mapping[str, Any]) -> str:
        """Render one template.

        Raises:
            RenderError: The template is missing or faulty, or uses a value that it is not given.
        """
        try:
            return self._environment.get_template(name).render(values)
        except jinja2.TemplateNotFound as fault:
            raise RenderError(f"template {fault.name} is missing", "see templates/README.md", "templates") from fault
        except jinja2.TemplateSyntaxError as fault:
            raise RenderError(f"template {fault.name}:{fault.lineno}: {fault.message}", slug="templates") from fault
        except Exception as fault:  # a template may fail in any way; it is the user's text
            raise RenderError(f"template {name}: {fault}", "see templates/README.md", "templates") from fault
