"""Recording: media in, chunk by chunk; sealed, verified, kept for years."""
