"""Routing: who is competent, what the next lawful step is, and by which day; then the life of the case."""
