"""A live cluster as a source: connect, discover what is served, list what is declared, and say what was refused."""
