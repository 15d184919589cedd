"""What Istio and Kubernetes do, as pure functions over plain values; the only place that knows."""
