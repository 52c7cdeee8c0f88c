"""``python -m contracts.schemas`` writes schemas, AsyncAPI document, table and lock; ``--check`` only compares."""

import sys

from contracts.facts import FACTS
from contracts.schemas.release import check, release

_ADVICE = "A released schema grows only by optional fields. Another meaning is another type: see contracts/README.md."


def main(arguments: list[str]) -> int:
    """0 when all is well, 1 when a promise breaks or a file is stale."""
    problems = check() if "--check" in arguments else release()
    for problem in problems:
        print(problem)
    if problems:
        print(_ADVICE)
        return 1
    print(f"contracts: {len(FACTS)} facts, every released promise holds")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
