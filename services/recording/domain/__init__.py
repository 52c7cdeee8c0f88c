"""Decisions of recording. ``evidence``, ``ranges`` and ``verification`` need only the standard library: they travel."""
