"""``python -m services.recording``: run the service. ``… verify``: check an export. ``… export``: write one."""

import sys

if __name__ == "__main__":
    match sys.argv[1:]:
        case ["verify", *rest]:  # offline: nothing but the standard library is imported
            from services.recording import offline

            sys.exit(offline.main(rest))
        case ["export", *rest]:
            from services.recording import export

            sys.exit(export.main(rest))
        case _:
            from services.chassis.lifecycle import main
            from services.recording.app import make_app
            from services.recording.settings import RecordingSettings

            main("recording", make_app, RecordingSettings)
