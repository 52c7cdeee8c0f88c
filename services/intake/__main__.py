"""Run intake: ``python -m services.intake``."""

from services.chassis.lifecycle import main
from services.intake.app import make_app
from services.intake.settings import IntakeSettings

if __name__ == "__main__":
    main("intake", make_app, IntakeSettings)
