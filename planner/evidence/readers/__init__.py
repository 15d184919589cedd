"""Readers: each finds one kind of evidence; none imports another."""
