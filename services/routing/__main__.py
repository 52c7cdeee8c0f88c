"""Run routing: ``python -m services.routing``."""

from services.chassis.lifecycle import main
from services.routing.app import make_app
from services.routing.settings import RoutingSettings

if __name__ == "__main__":
    main("routing", make_app, RoutingSettings)
