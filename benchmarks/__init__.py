"""A generated company, and what reading it and planning for it costs."""
