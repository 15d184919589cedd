"""A rollout on a live cluster: apply, verify, status and undo of the steps that `meshplan plan` wrote."""
