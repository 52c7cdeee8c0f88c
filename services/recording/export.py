"""Write a sealed recording to a folder that anybody can check without us (format: ``offline``)."""

import argparse
import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from contracts.errors import TiepdanError
from contracts.ids import RecordingId
from services.chassis.lifecycle import Chassis
from services.recording.domain.recording import Recording
from services.recording.offline import sums_of
from services.recording.settings import RecordingSettings
from services.recording.store import RECORDINGS, Archive, Recordings, must_be_sealed, recording_keys


async def export(recordings: Recordings, archive: Archive, recording_id: RecordingId, folder: Path) -> None:
    """Copy manifest and objects. Errors: NotFound; Refused("not_sealed"); Unavailable."""
    recording = await recordings.get(recording_id)
    manifest = await archive.manifest(recording)
    for stream in json.loads(manifest)["streams"]:
        for stored in stream["objects"]:
            path = folder / "objects" / stored["name"]
            await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
            content = await archive.content(stored["name"], stored["version"])
            await asyncio.to_thread(path.write_bytes, content)
    sums = sums_of(manifest, must_be_sealed(recording).manifest_sha256)
    await asyncio.to_thread((folder / "manifest.json").write_bytes, manifest)
    await asyncio.to_thread((folder / "SHA256SUMS").write_text, sums)


def main(arguments: Sequence[str]) -> int:
    """``python -m services.recording export <recording id> <folder>``, beside a running service or without it."""
    parser = argparse.ArgumentParser(prog="python -m services.recording export", description=__doc__)
    parser.add_argument("recording_id", type=UUID)
    parser.add_argument("folder", type=Path)
    chosen = parser.parse_args(arguments)
    try:
        asyncio.run(_export(RecordingId(chosen.recording_id), chosen.folder))
    except TiepdanError as refusal:
        print(refusal.sentence)  # noqa: T201 - a command prints
        return 1
    return 0


async def _export(recording_id: RecordingId, folder: Path) -> None:
    chassis = Chassis("recording", RecordingSettings())
    recordings = Recordings(chassis.drawer(RECORDINGS, Recording, recording_keys))
    await chassis.ledger.open(chassis.collections)
    await chassis.vault.open()
    try:
        await export(recordings, Archive(chassis.vault), recording_id, folder)
    finally:
        await chassis.vault.close()
        await chassis.ledger.close()
