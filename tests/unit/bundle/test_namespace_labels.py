import pytest

from planner.model.bundle import PatchType
from planner.model.plan import Unit
from planner.settings import Settings
from tests.unit.bundle.worlds import World, deployment, messages, namespace, patch, plan_of


def _label(labels: dict[str, str], revision: str | None = None):
    world = World(
        (namespace("shop", **labels), deployment("a")), plan_of(("shop",)), settings=Settings(revision=revision)
    )
    return world.step(1, "20-label")


@pytest.mark.parametrize(
    ("labels", "revision", "body", "undo"),
    [
        ({}, None, {"istio-injection": "enabled"}, {"istio-injection": None}),
        ({"istio-injection": "enable"}, None, {"istio-injection": "enabled"}, {"istio-injection": "enable"}),
        (
            {"istio.io/rev": "old"},
            None,
            {"istio-injection": "enabled", "istio.io/rev": None},
            {"istio-injection": None, "istio.io/rev": "old"},
        ),
        (
            {"istio-injection": "disabled"},
            "blue",
            {"istio-injection": None, "istio.io/rev": "blue"},
            {"istio-injection": "disabled", "istio.io/rev": None},
        ),
    ],
)
def test_the_label_and_its_way_back(labels, revision, body, undo):
    step = _label(labels, revision)
    item = patch(step, "shop")
    assert item.type is PatchType.MERGE
    assert item.body == {"metadata": {"labels": body}}
    assert item.undo == {"metadata": {"labels": undo}}
    assert not item.restarts and not step.rollouts


def test_nothing_where_it_stands_already():
    assert _label({"istio-injection": "enabled"}) is None


def test_a_namespace_that_was_not_read_is_labelled_with_a_note():
    world = World((deployment("a"),), plan_of(("shop",)))
    item = patch(world.step(1, "20-label"), "shop")
    assert item.body == {"metadata": {"labels": {"istio-injection": "enabled", "istio.io/rev": None}}}
    assert item.undo == {"metadata": {"labels": {"istio-injection": None, "istio.io/rev": None}}}
    assert item.before == () and not any(change.known for change in item.changes)
    assert "undo removes the injection labels" in messages(world.bundles()[1])


def test_a_first_wave_only_takes_away_what_forbids_injection():
    unit = Unit("shop", ("Deployment/a",), wave=1, last=False)
    world = World((namespace("shop", **{"istio-injection": "disabled"}), deployment("a")), plan_of((unit,)))
    assert patch(world.step(1, "20-label"), "shop").body == {"metadata": {"labels": {"istio-injection": None}}}


def test_later_waves_meet_what_the_first_one_left():
    waves = [Unit("shop", (f"Deployment/{name}",), number, number == 3) for number, name in enumerate("abc", 1)]
    objects = (namespace("shop", **{"istio-injection": "disabled"}), *(deployment(name) for name in "abc"))
    world = World(objects, plan_of(*((unit,) for unit in waves)))
    assert patch(world.step(1, "20-label"), "shop").undo == {"metadata": {"labels": {"istio-injection": "disabled"}}}
    middle = world.step(2, "20-label")
    assert middle is None or not [item for item in middle.patches if item.ref.name == "shop"]
    (change,) = patch(world.step(3, "20-label"), "shop").changes
    assert (change.old, change.new) == (None, "enabled")
