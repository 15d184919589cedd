"""meshplan: turns what is running into a proven order of small, reversible steps into the mesh."""

__version__ = "0.1.0"
