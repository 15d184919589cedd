"""Flows as a graph that answers in the words of the domain."""
