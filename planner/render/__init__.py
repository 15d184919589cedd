"""Bundles to files: manifests, patches, scripts and pages, from templates that the user may replace."""
