"""The catalogue of rules as a whole: names, ids, docstrings, and that nothing is forgotten."""

from __future__ import annotations

import pkgutil
import re
from types import ModuleType

import pytest

from planner.checks import rules as package
from planner.checks.catalogue import MODULES, RETIRED, checks
from planner.checks.catalogue import rules as every_rule
from planner.model.finding import Rule

HEADINGS = ("What it finds:", "Why it matters:", "Blocked:", "Ready:", "How to fix:", "Source:")
GROUPS = {"1": "workloads", "2": "services and ports", "3": "traffic", "4": "policies", "5": "evidence"}
IDS = [module.RULE.name for module in MODULES]


def test_every_module_of_the_folder_is_listed() -> None:
    found = {module.name for module in pkgutil.iter_modules(package.__path__)}
    assert found == {module.__name__.rpartition(".")[2] for module in MODULES}


def test_the_list_is_sorted_and_ids_and_names_are_unique() -> None:
    ids = [rule.id for rule in every_rule()]
    assert ids == sorted(set(ids))
    assert len({rule.name for rule in every_rule()}) == len(ids)


def test_retired_ids_are_not_used_again() -> None:
    assert not set(RETIRED) & {rule.id for rule in every_rule()}


@pytest.mark.parametrize("module", MODULES, ids=IDS)
def test_a_rule_is_named_like_its_file(module: ModuleType) -> None:
    rule: Rule = module.RULE
    assert module.__name__.rpartition(".")[2] == rule.name.replace("-", "_")
    assert re.fullmatch(r"MP[1-5]\d\d", rule.id)
    assert rule.id[2] in GROUPS


@pytest.mark.parametrize("module", MODULES, ids=IDS)
def test_a_rule_explains_itself(module: ModuleType) -> None:
    text = module.__doc__ or ""
    places = [text.find(f"\n{heading}") for heading in HEADINGS]
    assert -1 not in places, [h for h, place in zip(HEADINGS, places, strict=True) if place == -1]
    assert places == sorted(places)
    assert module.check.__doc__


@pytest.mark.parametrize("module", MODULES, ids=IDS)
def test_the_words_of_a_rule_are_sentences(module: ModuleType) -> None:
    rule: Rule = module.RULE
    assert rule.fix.endswith(".")
    assert rule.why.endswith(".")
    assert not rule.title.endswith(".")
    assert rule.title[0].isupper() or rule.title.startswith("nginx")


def test_group_of_a_rule_is_that_of_its_kinds() -> None:
    """1xx read workloads, namespaces or what limits them; 2xx read Services."""
    for rule in every_rule():
        if rule.id.startswith("MP2"):
            assert rule.kinds == ("Service",), rule.name


def test_checks_pairs_each_rule_with_its_function() -> None:
    assert [(rule, check) for rule, check in checks()] == [(m.RULE, m.check) for m in MODULES]
