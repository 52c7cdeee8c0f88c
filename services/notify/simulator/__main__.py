"""``python -m services.notify.simulator --port 8090 --webhook-zalo http://127.0.0.1:8005/v1/receipts/zalo``."""

import argparse
import os

import uvicorn

from services.notify.simulator.app import make_simulator
from services.notify.simulator.settings import Scenario
from services.notify.templates import load_templates


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="services.notify.simulator", description="Simulates Zalo and eSMS.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--seed", default=os.environ.get("SIM_SEED", "1"))
    parser.add_argument("--webhook-zalo", default=os.environ.get("SIM_WEBHOOK_ZALO"))
    parser.add_argument("--receipt-p50-seconds", type=float, default=2.0)
    parser.add_argument("--receipt-p99-seconds", type=float, default=60.0)
    arguments = parser.parse_args()
    scenario = Scenario(
        webhook_zalo=arguments.webhook_zalo,
        receipt_p50_seconds=arguments.receipt_p50_seconds,
        receipt_p99_seconds=arguments.receipt_p99_seconds,
    )
    registered = load_templates().registered()
    app = make_simulator(registered, seed=arguments.seed, scenario=scenario, control_key=os.environ.get("SIM_KEY"))
    uvicorn.run(
        app,
        host=arguments.host,
        port=arguments.port,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
