"""Reception sessions: scheduled, tested, connected, held, and signed."""
