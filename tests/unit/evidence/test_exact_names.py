"""Values that are the name of a Service, under keys that do not say that they are hosts."""

from __future__ import annotations

import pytest

from evidence.manifests import application, deployment, environment, service


def believed(discover, **variables: str) -> set[str]:
    texts = service("basket-data", 6379), service("rabbitmq", 5672), service("a", 80), deployment("a", environment(**variables))  # fmt: skip  # noqa: E501
    return {flow.target.name for flow in application(discover(*texts).flows).values()}


@pytest.mark.parametrize(
    "variables",
    [
        {"EventBusConnection": "rabbitmq"},
        {"ConnectionString": "rabbitmq"},
        {"BROKERY": "rabbitmq", "BROKERYPORT": "5672"},
        {"BROKERY": "rabbitmq", "BROKERY_PORT": "5672"},
    ],
)
def test_a_connection_or_a_port_beside_it_tells(discover, variables: dict[str, str]) -> None:
    assert believed(discover, **variables) == {"rabbitmq"}


def test_a_name_with_a_hyphen_is_no_word(discover) -> None:
    assert believed(discover, Keystore="basket-data") == {"basket-data"}


@pytest.mark.parametrize(
    "variables",
    [
        {"MODE": "rabbitmq"},
        {"Anything": "rabbitmq"},
        {"Anything": "rabbitmq", "AnythingPort": "9999"},
        {"DB_NAME": "basket-data"},
        {"APP": "basket-data"},
        {"Keystore": "basket-data-2"},
        {"NO_PROXY": "basket-data"},
        {"AConnection": "a"},
    ],
)
def test_other_words_stay_words(discover, variables: dict[str, str]) -> None:
    assert believed(discover, **variables) == set()
