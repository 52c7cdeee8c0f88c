"""``python -m deploy.papers``: one specimen of each form as PDF, DOCX and pictures, to be looked at.

``python -m deploy.papers layouts`` makes the two DOCX layouts anew.
"""

import sys
from pathlib import Path

from deploy.papers.layouts import write_layouts
from deploy.papers.specimens import specimens
from services.chassis.papers.press import Press

FOLDER = Path("data") / "papers"


def show(folder: Path = FOLDER) -> int:
    """Write the specimens; what was written is said."""
    folder.mkdir(parents=True, exist_ok=True)
    press = Press()
    for form, sheet in specimens():
        (folder / f"{form}.pdf").write_bytes(press.pdf(sheet))
        (folder / f"{form}.docx").write_bytes(press.docx(sheet))
        for number, page in enumerate(press.pages(sheet), start=1):
            (folder / f"{form}-{number}.png").write_bytes(page)
        print(f"papers: {folder / form}  {sheet.name}")
    return 0


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["layouts"]:
            write_layouts()
        case _:
            sys.exit(show())
