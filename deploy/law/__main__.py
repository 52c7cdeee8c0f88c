"""``python -m deploy.law`` writes docs/law.md from the tables of the law; ``--check`` only compares."""

import sys
from pathlib import Path
from typing import Final

from contracts.errors import BadInput
from contracts.law.authorities import Authorities
from contracts.law.calendar import WorkingDays
from contracts.law.catalogue import Catalogue, official
from contracts.law.forms import Forms
from contracts.law.source import DATA_FOLDER
from deploy.law.book import ROOT, book

BOOK: Final = ROOT / "docs" / "law.md"
TABLES: Path = DATA_FOLDER


def check(folder: Path) -> None:
    """Every table of the folder, read as the services read it, with all that they refuse.

    Errors: BadInput("law_data_broken") with file, line and reason.
    """
    catalogue = Catalogue.load(folder)
    Authorities.load(folder)
    WorkingDays.official(settings=catalogue.settings, folder=folder)
    Forms.load(catalogue.documents, catalogue.settings, folder)


def main(arguments: list[str]) -> int:
    """0 when all is well; 1 when a table is broken, with file, line and reason, or the document is stale."""
    try:
        check(TABLES)
        text = book(official())
    except BadInput as refused:
        print(refused.sentence)
        return 1
    if "--check" not in arguments:
        BOOK.write_text(text, encoding="utf-8")
    elif not BOOK.exists() or BOOK.read_text(encoding="utf-8") != text:
        print("docs/law.md is not as generated: run make law")
        return 1
    print(f"law: {len(text.splitlines())} lines of docs/law.md stand as the tables and tests say")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
