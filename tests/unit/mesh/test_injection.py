"""The injection decision reproduces the webhooks and the injector, vector by vector."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.mesh.injection import INJECT, INJECTION, REVISION, Installed, decide, label_problems

DEFAULT = Installed()
WITH_CANARY = Installed(frozenset({"default", "canary"}), default_tag=True)
ONLY_CANARY = Installed(frozenset({"canary"}), default_tag=False)
AUTO = Installed(enable_namespaces_by_default=True)
POLICY_OFF = Installed(policy_enabled=False)
ON, OFF = {INJECTION: "enabled"}, {INJECTION: "disabled"}

# Namespace labels, pod labels, pod annotations, installed, injected, revision, after istio/istio mutatingwebhook.yaml
# and pkg/kube/inject/inject.go.
VECTORS = [
    (ON, {}, {}, DEFAULT, True, "default"),
    (ON, {INJECT: "false"}, {}, DEFAULT, False, None),
    (ON, {}, {INJECT: "false"}, DEFAULT, False, None),
    (ON, {INJECT: "true"}, {INJECT: "false"}, DEFAULT, True, "default"),
    (ON, {}, {INJECT: "no"}, DEFAULT, True, "default"),
    (OFF, {INJECT: "true"}, {}, DEFAULT, False, None),
    ({INJECTION: "enable"}, {INJECT: "true"}, {}, DEFAULT, False, None),
    ({INJECTION: "Enabled"}, {}, {}, DEFAULT, False, None),
    ({}, {INJECT: "true"}, {}, DEFAULT, True, "default"),
    ({}, {}, {INJECT: "true"}, DEFAULT, False, None),
    ({}, {REVISION: "default"}, {}, DEFAULT, True, "default"),
    ({}, {INJECT: "true", REVISION: "canary"}, {}, DEFAULT, False, None),
    ({REVISION: "canary"}, {}, {}, WITH_CANARY, True, "canary"),
    ({REVISION: "canary"}, {REVISION: "default"}, {}, WITH_CANARY, True, "canary"),
    ({REVISION: "ghost"}, {}, {}, WITH_CANARY, False, None),
    ({**ON, REVISION: "canary"}, {}, {}, WITH_CANARY, True, "default"),
    ({**OFF, REVISION: "canary"}, {}, {}, WITH_CANARY, False, None),
    (ON, {}, {}, ONLY_CANARY, False, None),
    ({**ON, "istio.io/dataplane-mode": "ambient"}, {}, {}, DEFAULT, True, "default"),
    # The webhooks' selectors and the injector's own rules, one by one.
    ({REVISION: "canary"}, {INJECT: "false"}, {}, WITH_CANARY, False, None),
    ({}, {REVISION: "canary"}, {}, WITH_CANARY, True, "canary"),
    ({}, {REVISION: "canary", INJECT: "false"}, {}, WITH_CANARY, False, None),
    ({}, {}, {}, DEFAULT, False, None),
    ({}, {}, {}, AUTO, True, "default"),
    ({}, {INJECT: "True"}, {}, AUTO, False, None),
    ({}, {}, {INJECT: "false"}, AUTO, False, None),
    (ON, {}, {}, POLICY_OFF, False, None),
    (ON, {}, {INJECT: "true"}, POLICY_OFF, True, "default"),
    (ON, {INJECT: "True"}, {}, POLICY_OFF, False, None),
    ({}, {INJECT: "true"}, {}, ONLY_CANARY, False, None),
    (ON, {}, {}, Installed(frozenset({"1-31"}), default_tag=True), True, "default"),
]


@pytest.mark.parametrize(("namespace", "labels", "annotations", "installed", "injected", "revision"), VECTORS)
def test_vectors(
    namespace: dict[str, str],
    labels: dict[str, str],
    annotations: dict[str, str],
    installed: Installed,
    injected: bool,
    revision: str | None,
) -> None:
    decision = decide("shop", namespace, labels, annotations, False, installed)
    assert (decision.injected, decision.revision) == (injected, revision), decision.reason


@pytest.mark.parametrize("namespace", ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"])
def test_nothing_is_injected_in_system_namespaces(namespace: str) -> None:
    for installed in (DEFAULT, AUTO):
        decision = decide(namespace, ON, {INJECT: "true"}, {}, False, installed)
        assert (decision.injected, decision.rule) == (False, "system-namespace")
        assert not decide(namespace, {}, {}, {}, False, installed).injected


def test_the_label_keeps_the_webhook_away_and_the_annotation_does_not() -> None:
    assert decide("shop", ON, {INJECT: "false"}, {}, False, DEFAULT).rule == "no-webhook"
    assert decide("shop", ON, {}, {INJECT: "false"}, False, DEFAULT).rule == "declined"
    assert decide("shop", ON, {}, {}, False, DEFAULT).rule == "namespace"
    assert decide("shop", {}, {REVISION: "default"}, {}, False, DEFAULT).rule == "rev.object"


def test_selectors_of_the_injector() -> None:
    never = Installed(never_inject=({"matchLabels": {"tier": "job"}}, {}))
    assert decide("shop", ON, {"tier": "job"}, {}, False, never).rule == "never-selector"
    assert decide("shop", ON, {"tier": "web"}, {}, False, never).injected
    assert decide("shop", ON, {"tier": "job", INJECT: "true"}, {}, False, never).injected
    exists = {"matchExpressions": [{"key": "tier", "operator": "Exists"}]}
    always = Installed(policy_enabled=False, always_inject=(exists,))
    assert decide("shop", ON, {"tier": "x"}, {}, False, always).injected
    assert decide("shop", ON, {}, {}, False, always).rule == "policy-disabled"


KEYS = st.sampled_from([INJECT, INJECTION, REVISION, "app"])
VALUES = st.sampled_from(["true", "false", "enabled", "disabled", "default", "canary", "", "True"]) | st.text(
    max_size=5
)
LABELS = st.dictionaries(KEYS, VALUES)
INSTALLED = st.builds(
    Installed, st.frozensets(st.sampled_from(["default", "canary"])), st.booleans(), st.booleans(), st.booleans()
)


@given(LABELS, LABELS, LABELS, INSTALLED)
def test_total_and_consistent(
    namespace: dict[str, str], labels: dict[str, str], annotations: dict[str, str], installed: Installed
) -> None:
    decision = decide("shop", namespace, labels, annotations, False, installed)
    assert decision.injected == (decision.revision is not None)
    assert decision.reason
    assert not decide("shop", namespace, labels, annotations, True, installed).injected
    if decision.revision:
        assert installed.knows(decision.revision)
    if labels.get(INJECT) == "false":
        assert not decision.injected
    assert all(label_problems(namespace, labels, annotations, installed))


@pytest.mark.parametrize(
    ("namespace", "labels", "annotations", "installed", "words"),
    [
        ({INJECTION: "enable"}, {}, {}, DEFAULT, "neither 'enabled' nor 'disabled'"),
        ({INJECTION: "true"}, {}, {}, DEFAULT, "silently turns injection off"),
        ({**ON, REVISION: "canary"}, {}, {}, WITH_CANARY, "has no effect"),
        ({REVISION: "ghost"}, {}, {}, WITH_CANARY, "no installed revision"),
        (ON, {}, {}, ONLY_CANARY, "no tag 'default'"),
        ({**ON, "istio.io/dataplane-mode": "ambient"}, {}, {}, DEFAULT, "sidecar"),
        ({REVISION: "default", "istio.io/dataplane-mode": "ambient"}, {}, {}, DEFAULT, "sidecar"),
        (ON, {INJECT: "True"}, {}, DEFAULT, "neither 'true' nor 'false'"),
        (ON, {INJECT: "yes"}, {}, DEFAULT, "neither 'true' nor 'false'"),
        (OFF, {INJECT: "true"}, {}, DEFAULT, "has no effect while"),
        (ON, {INJECT: "false", REVISION: "default"}, {}, DEFAULT, "nothing is injected"),
        (ON, {REVISION: "default"}, {}, DEFAULT, "the namespace decides"),
        ({}, {REVISION: "ghost"}, {}, DEFAULT, "no installed revision"),
        ({}, {}, {INJECT: "true"}, DEFAULT, "calls no webhook"),
        (ON, {}, {INJECT: "yes"}, DEFAULT, "annotation"),
        (ON, {INJECT: "true"}, {INJECT: "false"}, DEFAULT, "is ignored"),
    ],
)
def test_label_problems(
    namespace: dict[str, str], labels: dict[str, str], annotations: dict[str, str], installed: Installed, words: str
) -> None:
    problems = label_problems(namespace, labels, annotations, installed)
    assert any(words in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("namespace", "labels", "annotations", "installed"),
    [
        ({}, {}, {}, DEFAULT),
        (ON, {INJECT: "false"}, {}, DEFAULT),
        (OFF, {}, {}, DEFAULT),
        ({REVISION: "canary"}, {INJECT: "true"}, {INJECT: "true"}, WITH_CANARY),
        (ON, {}, {INJECT: "false"}, DEFAULT),
        ({}, {}, {INJECT: "true"}, AUTO),
        ({"istio.io/dataplane-mode": "ambient"}, {}, {}, DEFAULT),
    ],
)
def test_sound_labels_have_no_problem(
    namespace: dict[str, str], labels: dict[str, str], annotations: dict[str, str], installed: Installed
) -> None:
    assert label_problems(namespace, labels, annotations, installed) == ()
