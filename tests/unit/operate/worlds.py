"""A rollout in a folder and a cluster in a dictionary, for what a real server is too slow or too well for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from planner.model.bundle import PatchType
from planner.model.refs import Ref
from planner.operate import rollout
from planner.operate.live import Conflict
from planner.operate.rollout import Rollout
from planner.render.files import render
from tests.builders import flow
from tests.unit.bundle.appliers import applied
from tests.unit.bundle.worlds import World, deployment, namespace, plan_of, service


def world() -> World:
    return World(
        (namespace("shop"), deployment("web"), service("web", {"port": 80})),
        plan_of(("shop",), strict={"shop": 1}),
        (flow("ops/agent", "shop/web", 80),),
    )


def written(folder: Path, made: World | None = None) -> Rollout:
    """Write the steps of a plan and its machine file, as `meshplan plan` does."""
    made = made or world()
    bundles = made.bundles()
    files = render(bundles, made.plan)
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")
    (folder / rollout.FILE).write_text(rollout.text(bundles, files), encoding="utf-8")
    return rollout.read(folder)


class FakeLive:
    """Answers as `Live` does, from a dictionary."""

    context, server = "test", "https://test"

    def __init__(self, *objects: dict[str, Any]) -> None:
        self.objects = {self._key(raw): json.loads(json.dumps(raw)) for raw in objects}
        self.before_patch: list[Any] = []
        self.sent = 0

    @staticmethod
    def _key(raw: dict[str, Any]) -> Ref:
        meta = raw["metadata"]
        return Ref(meta.get("namespace", ""), meta["name"], raw["kind"])

    def uid(self) -> str:
        return "uid-1"

    def get(self, _version: str, ref: Ref) -> dict[str, Any] | None:
        found = self.objects.get(ref)
        return json.loads(json.dumps(found)) if found else None

    def items(self, _path: str, _selector: str = "") -> tuple[dict[str, Any], ...]:
        return ()

    def patch(self, _version: str, ref: Ref, kind: PatchType, body: Any, seen: str, *, dry: bool = False) -> Any:
        if not dry and self.before_patch:
            self.before_patch.pop(0)(self)
        here = self.objects[ref]
        if here["metadata"].get("resourceVersion", "0") != (seen or "0"):
            raise Conflict("moved")
        new = applied(here, body, kind)
        new["metadata"]["resourceVersion"] = str(int(here["metadata"].get("resourceVersion", "0")) + 1)
        if not dry:
            self.sent += 1
            self.objects[ref] = new
        return new

    def create(self, body: dict[str, Any], ref: Ref, *, dry: bool = False) -> Any:
        if ref in self.objects:
            raise Conflict("exists")
        new = json.loads(json.dumps(body))
        new["metadata"]["uid"] = f"uid-{ref.name}"
        if not dry:
            self.objects[ref] = new
        return new

    def delete(self, _version: str, ref: Ref, _uid: str, _seen: str, *, dry: bool = False) -> None:
        if not dry:
            del self.objects[ref]
