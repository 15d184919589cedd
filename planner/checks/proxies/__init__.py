"""Reverse proxies in the application: which Host they send, to whom, and which of them must be asked about."""
