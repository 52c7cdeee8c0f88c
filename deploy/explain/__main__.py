"""``python -m deploy.explain`` writes docs/explain.md from the models of the input; ``--check`` only compares."""

import sys
from typing import Final

from deploy.explain.manual import ROOT, manual

MANUAL: Final = ROOT / "docs" / "explain.md"


def main(arguments: list[str]) -> int:
    """0 when all is well; 1 when the document is stale."""
    text = manual()
    if "--check" not in arguments:
        MANUAL.write_text(text, encoding="utf-8")
    elif not MANUAL.exists() or MANUAL.read_text(encoding="utf-8") != text:
        print("docs/explain.md is not as generated: run make law")
        return 1
    print(f"explain: {len(text.splitlines())} lines of docs/explain.md stand as the models say")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
