"""The rights that reading a cluster needs, from the kinds that are declared."""

from __future__ import annotations

from itertools import groupby

from planner.pipeline.kinds import declared_resources

_HEAD = """\
# The smallest rights with which `meshplan plan cluster` sees everything that it knows how to read: only `list`,
# and never a Secret. Generated from the kinds that readers, rules and stages declare; change those, not this file.
# A kind that is missing here for an account is no error: meshplan says what it then cannot know, and exits with 4.
#   kubectl apply -f rbac.yaml
#   kubectl create clusterrolebinding meshplan-reader --clusterrole=meshplan-reader --user=NAME
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: meshplan-reader
rules:
"""


def role() -> str:
    """Write the ClusterRole as YAML."""
    rules = []
    for group, resources in groupby(declared_resources(), key=lambda item: item.group):
        names = "\n".join(f"      - {name}" for name in sorted({item.plural for item in resources}))
        rules.append(f'  - apiGroups: ["{group}"]\n    verbs: ["list"]\n    resources:\n{names}\n')
    return _HEAD + "".join(rules)
