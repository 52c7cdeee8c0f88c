"""``python -m services.routing``: run the service. ``… explain case.json``: what the law says of a situation."""

import sys

if __name__ == "__main__":
    match sys.argv[1:]:
        case ["explain", *rest]:
            from services.routing import explaining

            sys.exit(explaining.main(rest))
        case ["calendar", *rest]:
            from services.routing import signing_command

            sys.exit(signing_command.main(rest))
        case ["what-if", *rest]:
            from services.routing import what_if_command

            sys.exit(what_if_command.main(rest))
        case ["statistics", "rebuild"]:
            from services.routing import rebuild_command

            sys.exit(rebuild_command.main())
        case _:
            from services.chassis.lifecycle import main
            from services.routing.app import make_app
            from services.routing.settings import RoutingSettings

            main("routing", make_app, RoutingSettings)
