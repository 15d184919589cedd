"""Pictures: the dependency graph and one picture per phase."""
