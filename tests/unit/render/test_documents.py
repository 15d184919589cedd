from pathlib import Path

import pytest

from planner.errors import RenderError
from planner.model.bundle import Created, Patch, PatchType
from planner.model.refs import Ref
from planner.render import documents
from planner.render.environment import Templates

BODY = {
    "apiVersion": "security.istio.io/v1",
    "kind": "PeerAuthentication",
    "metadata": {"name": "default", "namespace": "y"},
    "spec": {"mtls": {"mode": "STRICT"}, "selector": {"matchLabels": {"on": "no", "v": "1e3"}}},
}
ITEM = Created(
    Ref("y", "default", "PeerAuthentication"), "peer-authentication.yaml.j2", BODY, "why\nspec: broken\x85kind: X"
)


def _patch(body, undo) -> Patch:
    ref = Ref("shop", "a\nb: c", "Service")
    return Patch(ref, "service", "v1", PatchType.STRATEGIC, body, undo, (("a\nb", '"x\ny"'),), "why\n- evil", "w\nx: y")


def test_objects_come_back_as_meant():
    text = documents.created(ITEM, Templates())
    assert text.startswith("# why spec: broken kind: X\n") and 'v: "1e3"' in text and '"on": "no"' in text


@pytest.mark.parametrize("body", [{"spec": {"a": None}}, [{"op": "test", "path": "/a", "value": 1}], {}])
def test_patches_come_back_whatever_the_words_around_them(body):
    item = _patch(body, {"spec": {"a": "~"}})
    assert "Warning: w x: y" in documents.patch(item, Templates())
    assert "Warning" not in documents.undo(item, Templates())


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("kind: {{ object.kind }}", "another object"),
        ("{{ object | yaml }}\n---\n{{ object | yaml }}", "no YAML"),
        ("a: [", "no YAML"),
        ("{{ missing }}", "missing"),
        ("{{ object.", "peer-authentication.yaml.j2:1"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ object | yaml }}\nextra: 1", "extra"),
        ("{{ object | yaml | replace('STRICT', 'PERMISSIVE') }}", "spec.mtls.mode"),
        ("{{ object | yaml | replace('\"1e3\"', '1000') }}", "spec.selector.matchLabels.v"),
    ],
)
def test_a_template_may_not_change_the_object(tmp_path: Path, template: str, words: str) -> None:
    (tmp_path / "peer-authentication.yaml.j2").write_text(template)
    with pytest.raises(RenderError, match="peer-authentication") as caught:
        documents.created(ITEM, Templates(str(tmp_path)))
    assert words in str(caught.value)


def test_a_template_of_the_user_comes_first(tmp_path: Path) -> None:
    (tmp_path / "peer-authentication.yaml.j2").write_text("# ours\n{{ object | yaml }}\n")
    assert documents.created(ITEM, Templates(str(tmp_path))).startswith("# ours\n")
    assert documents.patch(_patch({}, {}), Templates(str(tmp_path)))


def test_a_folder_that_is_not_there() -> None:
    with pytest.raises(RenderError, match="no such folder"):
        Templates("/no/such/folder")


@pytest.mark.parametrize(
    ("one", "other", "path"),
    [
        ({"a": 1}, {"a": True}, ("a",)),
        ({"a": 1}, {"a": "1"}, ("a",)),
        ([1], [1, 2], ()),
        ({"a": [1]}, {"a": [2]}, ("a", 0)),
        ({"a": None}, {}, ("a",)),
        ({"a": {"b": 1}}, {"a": {"b": 1}}, None),
    ],
)
def test_differences(one, other, path):
    assert documents.difference(one, other) == path
