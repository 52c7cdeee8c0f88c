"""Run sessions: ``python -m services.sessions``."""

from services.chassis.lifecycle import main
from services.sessions.app import make_app
from services.sessions.settings import SessionsSettings

if __name__ == "__main__":
    main("sessions", make_app, SessionsSettings)
