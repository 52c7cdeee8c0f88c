"""What a service carries: bus, delivery, ledger, vault, telemetry, health, auth, web, clock. No petition."""
