"""What we call PDF/A-2b is so by the judgement of veraPDF, for every form."""

import subprocess
from pathlib import Path

import pytest

from contracts.vocabulary import DocumentForm
from deploy.engines.folder import engine_folder, java
from deploy.papers.specimens import specimens
from services.chassis.papers.press import Press

pytestmark = pytest.mark.engines


def judged(*files: Path) -> list[str]:
    built = engine_folder("verapdf")
    command = [java(), "-cp", f"{built / 'classes'}:{built / 'jars'}/*", "VeraPdf", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100)  # noqa: S603 - our own
    return done.stdout.splitlines()


def test_every_specimen_is_pdf_a_2b(tmp_path: Path) -> None:
    press, files = Press(), []
    for form, sheet in specimens():
        files.append(tmp_path / f"{form}.pdf")
        files[-1].write_bytes(press.pdf(sheet))
    assert len(files) == len(DocumentForm)
    assert judged(*files) == [f"compliant {file}" for file in files]


def test_the_judge_finds_what_is_none(tmp_path: Path) -> None:
    """Without the description that PDF/A wants in a file, it is an ordinary PDF."""
    broken = tmp_path / "broken.pdf"
    pdf = Press().pdf(dict(specimens())[DocumentForm.GUIDANCE])
    broken.write_bytes(pdf.replace(b"<pdfaid:part>2</pdfaid:part>", b"<pdfaid:xxxx>2</pdfaid:xxxx>"))
    assert broken.read_bytes() != pdf
    assert judged(broken)[0] == f"not compliant {broken}"
