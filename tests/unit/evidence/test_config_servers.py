"""Files of a configuration server belong to the applications that they are named after."""

from __future__ import annotations

from evidence.manifests import application, config_map, deployment, environment, mounting, service

FILES = {
    "application.yml": "spring:\n  rabbitmq:\n    host: broker\n    port: 5672\n",
    "orders.yml": "spring:\n  datasource:\n    url: jdbc:mysql://orders-db:3306/o\n",
    "orders-prod.yml": "audit:\n  url: http://audit:8080\n",
}


def config() -> str:
    body = "".join(f"  {name}: |\n" + "".join(f"    {line}\n" for line in text.splitlines()) for name, text in FILES.items())  # fmt: skip  # noqa: E501
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: repo, namespace: shop}}\ndata:\n{body}"


def discovered(discover, server: str, image: str = "team/app:1"):
    services = (service("broker", 5672), service("orders-db", 3306), service("audit", 8080))
    client = deployment("web", environment(SPRING_CONFIG_IMPORT=f"configserver:http://{server}:8888"))
    return discover(
        config(), *services, mounting(server, "repo", image=image), deployment("orders"), client, deployment("other")
    )


def believed(result) -> set[str]:
    return {f"{flow.source.name} -> {flow.target.name}" for flow in application(result.flows).values()}


def test_each_file_goes_to_its_application_and_the_server_calls_nothing(discover) -> None:
    result = discovered(discover, "config-server")
    assert believed(result) >= {"orders -> broker", "orders -> orders-db", "web -> broker", "orders -> audit"}
    assert not any(pair.startswith(("config-server ->", "other ->")) for pair in believed(result))
    reasons = {item.reason for item in result.suppressed if item.source and item.source.name == "config-server"}
    assert "configuration that the server hands to its clients" in reasons


def test_the_image_tells_as_well(discover) -> None:
    assert "orders -> orders-db" in believed(discovered(discover, "cfg", image="acme/spring-cloud-config-server:4"))


def test_any_other_workload_reads_its_files_itself(discover) -> None:
    assert "store -> orders-db" in believed(discovered(discover, "store"))


def test_a_plain_file_is_untouched(discover) -> None:
    result = discover(config_map("c", app_conf="db: http://audit:8080\n"), service("audit", 8080), mounting("a", "c"))
    assert believed(result) == {"a -> audit"}
