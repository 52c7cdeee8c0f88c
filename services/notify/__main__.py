"""Run notify: ``python -m services.notify``."""

from services.chassis.lifecycle import main
from services.notify.app import make_app
from services.notify.settings import NotifySettings

if __name__ == "__main__":
    main("notify", make_app, NotifySettings)
