"""Objects and patches to YAML files, each parsed back and held against what was meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from planner.errors import RenderError
from planner.model.bundle import Created, Patch
from planner.model.fields import Path, render_path
from planner.render.environment import Templates

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def created(item: Created, templates: Templates) -> str:
    """Render an object that is created whole.

    Raises:
        RenderError: The text does not parse back to the object.
    """
    text = templates.render(item.template, {"object": plain(item.body), "why": item.why})
    return checked(text, item.body, item.template, str(item.ref))


def patch(item: Patch, templates: Templates) -> str:
    """Render the patch itself.

    Raises:
        RenderError: The text does not parse back to the patch.
    """
    values = _patch_values(item) | {"body": plain(item.body), "why": item.why, "undo": False}
    return checked(templates.render("patch.yaml.j2", values), item.body, "patch.yaml.j2", str(item.ref))


def undo(item: Patch, templates: Templates) -> str:
    """Render the way back of a patch.

    Raises:
        RenderError: The text does not parse back to the undo patch.
    """
    values = _patch_values(item) | {"body": plain(item.undo), "why": "Restores what stood there before.", "undo": True}
    return checked(templates.render("patch.yaml.j2", values), item.undo, "patch.yaml.j2", str(item.ref))


def _patch_values(item: Patch) -> dict[str, Any]:
    return {
        "namespace": item.ref.namespace,
        "name": item.ref.name,
        "kind": item.ref.kind,
        "resource": item.resource,
        "type": str(item.type),
        "before": item.before,
        "warning": item.warning,
    }


def plain(value: Any) -> Any:
    """Copy a frozen value into plain mappings and lists, as templates and YAML need them."""
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def checked(text: str, meant: Any, template: str, subject: str) -> str:
    """Give the text back where it parses to what was meant.

    Args:
        text: What the template gave.
        meant: The value that the text must parse back to.
        template: Name of the template, for the message.
        subject: The object, for the message.

    Raises:
        RenderError: It is no YAML, more than one document, or another value.
    """
    try:
        parsed = yaml.load(text, Loader=_Loader)  # noqa: S506  # a safe loader
    except yaml.YAMLError as fault:
        where = " ".join(str(fault).split())[:200]
        raise RenderError(f"template {template} gave no YAML for {subject}: {where}", slug="templates") from fault
    path = difference(parsed, plain(meant))
    if path is not None:
        raise RenderError(
            f"template {template} gave another object than meant for {subject}, first at {render_path(path) or 'root'}",
            "a template may change layout and comments, not the object; see docs/templates.md",
            "templates",
        )
    return text


def difference(one: Any, other: Any, path: Path = ()) -> Path | None:
    """Find the first place where two values differ in content or type; None where they are the same."""
    if type(one) is not type(other):
        return path
    if isinstance(one, dict):
        for key in [*other, *one]:
            if key not in one or key not in other:
                return (*path, str(key))
            found = difference(one[key], other[key], (*path, str(key)))
            if found is not None:
                return found
        return None
    if isinstance(one, list):
        if len(one) != len(other):
            return path
        pairs = enumerate(zip(one, other, strict=True))
        return next((p for i, (a, b) in pairs if (p := difference(a, b, (*path, i))) is not None), None)
    return None if one == other else path
