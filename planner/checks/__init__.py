"""Readiness: rules that say what stands in the way of each workload, one rule per file."""
