"""A live mesh: real istiod and real sidecars in network namespaces, and a rollout that is really performed in it."""
