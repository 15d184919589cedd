"""In which order namespaces join: classes, units, the ordering problem, phases and their reasons."""
