"""Addresses in text: URLs, host and port, configuration syntaxes, shell; knows nothing of the cluster."""
