"""Check an exported recording on any machine: standard library only, no network, no database.

    python -m services.recording verify <folder>                         a folder as ``export`` writes it
    python -m services.recording verify <manifest file> [--objects <folder>]
    options: --sha256 <hex>   the manifest's hash as RecordingStored said it; without it a manifest that was made anew
                              as a whole cannot be told from the true one

The export format::

    manifest.json          the sealed manifest, byte for byte (format: services/recording/domain/manifest.py)
    objects/<name>         each vault object under its name; ``<name>@/<version>.bin`` is read as well: a folder vault
    SHA256SUMS             for ``sha256sum -c SHA256SUMS``

Exit code: 0 valid or valid with gaps, 1 broken, 2 indeterminate or unusable arguments.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from services.recording.domain.verification import Finding, Result, Unreadable, Verdict, Wanted, verify

_EXIT: Final = {Result.VALID: 0, Result.VALID_WITH_GAPS: 0, Result.BROKEN: 1, Result.INDETERMINATE: 2}
_UNUSABLE: Final = 2
_SENTENCES: Final = {
    Result.VALID: "NGUYÊN VẸN",
    Result.VALID_WITH_GAPS: "NGUYÊN VẸN, CÓ ĐOẠN THIẾU ĐÃ KÊ KHAI",
    Result.BROKEN: "KHÔNG CÒN NGUYÊN VẸN",
    Result.INDETERMINATE: "CHƯA XÁC ĐỊNH ĐƯỢC",
}


def main(arguments: Sequence[str]) -> int:
    """Check, print the verdict with every broken place, give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m services.recording verify", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("place", type=Path, help="export folder or manifest file")
    parser.add_argument("--objects", type=Path, help="folder that holds the objects")
    parser.add_argument("--sha256", help="the manifest's hash, from RecordingStored")
    chosen = parser.parse_args(arguments)
    manifest = chosen.place / "manifest.json" if chosen.place.is_dir() else chosen.place
    if not manifest.is_file():
        _say(f"Không có tệp bản kê: {manifest}")
        return _UNUSABLE
    verdict = check(manifest, chosen.objects or objects_beside(manifest), manifest_sha256=chosen.sha256)
    _report(verdict)
    return _EXIT[verdict.result]


def check(manifest: Path, objects: Path, *, manifest_sha256: str | None = None) -> Verdict:
    """The verdict over files."""

    def read(wanted: Wanted) -> bytes | None:
        for path in (objects / wanted.name, objects / f"{wanted.name}@" / f"{wanted.version}.bin"):
            if not path.resolve().is_relative_to(objects.resolve()):
                return None  # a forged name must not lead elsewhere
            try:
                return path.read_bytes()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise Unreadable("file_unreadable") from error
        return None

    return verify(manifest.read_bytes(), read, manifest_sha256=manifest_sha256)


def objects_beside(manifest: Path) -> Path:
    """Where an export, or a folder vault that the manifest stands in, keeps its objects."""
    above = [folder for folder in manifest.resolve().parents if folder.name == "objects"]
    return above[-1] if above else manifest.parent / "objects"


def _report(verdict: Verdict) -> None:
    _say(f"{verdict.result.upper()}: {_SENTENCES[verdict.result]}")
    _say(f"{verdict.chunk_count} đoạn, {verdict.size_bytes} byte đã đọc, {verdict.gap_count} khoảng thiếu đã kê khai")
    for finding in verdict.findings:
        _say(f"  hỏng: {_line(finding)}")
    for finding in verdict.unknown:
        _say(f"  chưa rõ: {_line(finding)}")


def _line(finding: Finding) -> str:
    return f"{finding.what} @ {finding.where}"


def _say(line: str) -> None:
    print(line)  # noqa: T201 - a command prints


def sums_of(manifest: bytes, manifest_sha256: str) -> str:
    """The content of SHA256SUMS for an export of this manifest."""
    lines = [f"{manifest_sha256}  manifest.json"]
    for stream in json.loads(manifest)["streams"]:
        lines += [f"{stored['sha256']}  objects/{stored['name']}" for stored in stream["objects"]]
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))
