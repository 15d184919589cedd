"""Containers in custom resources that are no workloads."""

from __future__ import annotations

import json

import pytest

from evidence.manifests import application, config_map, service

ENV = [{"name": "CART_URL", "value": "http://cart:80"}]
RUN = {"image": "curlimages/curl", "command": ["curl"], "args": ["http://cart:80/x"]}
PLACES = {
    "argo container": ("Workflow", "argoproj.io", {"templates": [{"name": "a", "container": RUN}]}),
    "argo script": (
        "CronWorkflow",
        "argoproj.io",
        {"workflowSpec": {"templates": [{"script": {"image": "x", "source": "curl -s http://cart:80/x\n"}}]}},
    ),
    "tekton": ("Task", "tekton.dev", {"steps": [{"image": "x", "script": "#!/bin/sh\nwget http://cart:80/x\n"}]}),
    "ray": ("RayCluster", "ray.io", {"headGroupSpec": {"template": {"spec": {"containers": [
        {"image": "x", "env": ENV}]}}}}),
    "scaled job": ("ScaledJob", "keda.sh", {"jobTargetRef": {"template": {"spec": {"containers": [
        {"image": "x", "env": ENV}]}}}}),
}  # fmt: skip


def _resource(kind: str, group: str, spec: object, name: str = "r") -> str:
    metadata = {"name": name, "namespace": "shop"}
    return json.dumps({"apiVersion": f"{group}/v1", "kind": kind, "metadata": metadata, "spec": spec})


@pytest.mark.parametrize("name", sorted(PLACES))
def test_containers_are_read_like_those_of_workloads(discover, name):
    result = discover(_resource(*PLACES[name]), service("cart", 80))
    (flow,) = application(result.flows).values()
    assert flow.id == "shop/r -> shop/cart:80"
    assert {item.reader for item in flow.evidence} <= {"arguments", "environment"}


def test_image_alone_is_no_container(discover):
    spec = {"image": "ghcr.io/acme/app:1", "storage": {"size": "1Gi"}}
    assert not discover(_resource("Thing", "acme.io", spec)).flows


def test_variables_come_from_config_maps_too(discover):
    step = {"image": "x", "envFrom": [{"configMapRef": {"name": "c"}}]}
    text = _resource("Task", "tekton.dev", {"steps": [step]})
    result = discover(
        text, config_map("c", CART__URL="http://cart:80").replace("CART..URL", "CART_URL"), service("cart", 80)
    )
    assert set(application(result.flows)) == {"shop/r -> shop/cart:80"}


def test_knative_service_is_a_workload(discover):
    spec = {"template": {"spec": {"containers": [{"image": "x", "env": ENV}]}}}
    result = discover(_resource("Service", "serving.knative.dev", spec, "hello"), service("cart", 80))
    assert set(application(result.flows)) == {"shop/hello -> shop/cart:80"}


@pytest.mark.parametrize(
    "more",
    [
        {"driver": {"configMaps": [{"name": "c", "path": "/x"}]}},
        {"hadoopConfigMap": "c"},
        {"volumes": [{"name": "v", "configMap": {"name": "c"}}]},
    ],
)
def test_config_maps_of_a_job_of_spark(discover, more):
    spec = {"image": "spark", "arguments": ["--sync", "thrift://metastore:9083"], **more}
    config = config_map(
        "c", core_xml="<property>\n<name>endpoint</name>\n<value>http://store:9000</value>\n</property>\n"
    )
    texts = (service("metastore", 9083), service("store", 9000), service("other", 80))
    found = discover(_resource("SparkApplication", "sparkoperator.k8s.io", spec), config, *texts)
    assert set(application(found.flows)) == {"shop/r -> shop/metastore:9083", "shop/r -> shop/store:9000"}


def test_name_of_something_else_loads_no_config_map(discover):
    spec = {"image": "spark", "arguments": ["x"], "driver": {"secrets": [{"name": "c"}]}, "name": "c"}
    config = config_map("c", core_conf="endpoint: http://store:9000\n")
    assert not discover(
        _resource("SparkApplication", "sparkoperator.k8s.io", spec), config, service("store", 9000)
    ).flows
