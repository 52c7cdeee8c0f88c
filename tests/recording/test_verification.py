"""Nobody can change a sealed recording unseen: what is altered is found, and its place is named."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import Unavailable
from contracts.facts.recording import RecordingStored
from services.chassis.vault.port import Kept
from services.recording.domain.evidence import canonical, sha256
from services.recording.domain.manifest import root_of, with_chain
from services.recording.domain.verification import Result, Unreadable, Verdict, Wanted, verify
from services.recording.export import export
from tests.recording.world import Session, World, world

Json = dict[str, Any]


class Sealed:
    """An exported recording in memory, to be tampered with: three points, twelve chunks at the first, one hole."""

    def __init__(self, folder: Path) -> None:
        self.manifest = (folder / "manifest.json").read_bytes()
        root = folder / "objects"
        self.objects = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}

    @property
    def document(self) -> Json:
        found: Json = json.loads(self.manifest)
        return found

    @property
    def stream(self) -> Json:
        stream: Json = self.document["streams"][0]
        return stream

    @property
    def names(self) -> list[str]:
        """Of the first stream's objects, in order."""
        return [stored["name"] for stored in self.stream["objects"]]

    def rewrite(self, change: Callable[[Json], None]) -> None:
        document = self.document
        change(document)
        self.manifest = canonical(document)

    def verdict(self, manifest_sha256: str | None = None) -> Verdict:
        return verify(self.manifest, lambda wanted: self.objects.get(wanted.name), manifest_sha256=manifest_sha256)

    def places(self) -> set[tuple[str, int | None]]:
        verdict = self.verdict()
        assert verdict.result is Result.BROKEN
        return {(finding.what, finding.seq) for finding in verdict.findings}


@asynccontextmanager
async def an_export(folder: Path) -> AsyncIterator[tuple[World, Session, Path]]:
    async with world(folder / "data") as room:
        session = await room.begin()
        first, second, third = session.points
        await room.put_all(session, [*range(9), 10, 11, 12], first)
        await room.complete(session, 12, first, lost=[{"from_seq": 9, "to_seq": 9}])
        for point in (second, third):
            await room.put_all(session, range(2), point)
            await room.complete(session, 1, point)
        await room.hear(session.ended())
        await room.care()
        await export(room.rooms.recordings, room.rooms.archive, session.recording_id, folder / "export")
        yield room, session, folder / "export"


@pytest.fixture
async def exported(tmp_path: Path) -> AsyncIterator[tuple[World, Session, Path]]:
    async with an_export(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def export_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One export for all that only read it."""

    async def make() -> Path:
        async with an_export(tmp_path_factory.mktemp("sealed")) as (_, _, folder):
            return folder

    return asyncio.run(make())


@pytest.fixture
def sealed(export_folder: Path) -> Sealed:
    return Sealed(export_folder)


def test_an_untouched_export_is_valid_and_its_hole_is_counted(sealed: Sealed) -> None:
    verdict = sealed.verdict()

    assert (verdict.result, verdict.gap_count, verdict.chunk_count) == (Result.VALID_WITH_GAPS, 1, 16)
    assert verdict.size_bytes == 16 * 300


@pytest.mark.parametrize("chunk", [0, 1, 2])
@pytest.mark.parametrize("place", [0, 150, 299])
def test_one_flipped_bit_names_its_chunk(sealed: Sealed, chunk: int, place: int) -> None:
    content = bytearray(sealed.objects[sealed.names[1]])
    content[chunk * 300 + place] ^= 0x10
    sealed.objects[sealed.names[1]] = bytes(content)

    assert sealed.places() == {("chunk_altered", 3 + chunk)}


def test_a_dropped_object_names_every_chunk_in_it(sealed: Sealed) -> None:
    del sealed.objects[sealed.names[2]]

    assert sealed.places() == {("object_missing", seq) for seq in (6, 7, 8)}


def test_two_swapped_objects_name_the_chunks_of_both(sealed: Sealed) -> None:
    first, second, *_ = sealed.names
    sealed.objects[first], sealed.objects[second] = sealed.objects[second], sealed.objects[first]

    assert sealed.places() == {("chunk_altered", seq) for seq in range(6)}


def test_a_truncated_object_names_the_chunks_cut_short(sealed: Sealed) -> None:
    name = sealed.names[0]
    sealed.objects[name] = sealed.objects[name][:450]

    assert sealed.places() == {("chunk_cut_short", 1), ("chunk_cut_short", 2)}


def test_an_object_with_bytes_added_is_found(sealed: Sealed) -> None:
    sealed.objects[sealed.names[0]] += b"more"

    assert sealed.places() == {("object_altered", None)}


def test_a_chunk_played_again_in_place_of_another_is_named(sealed: Sealed) -> None:
    name = sealed.names[0]
    content = sealed.objects[name]
    sealed.objects[name] = content[:300] + content[:300] + content[600:]

    assert sealed.places() == {("chunk_altered", 1)}


def test_several_faults_are_all_named(sealed: Sealed) -> None:
    for name, offset in ((sealed.names[0], 0), (sealed.names[2], 599)):
        content = bytearray(sealed.objects[name])
        content[offset] ^= 1
        sealed.objects[name] = bytes(content)

    assert sealed.places() == {("chunk_altered", 0), ("chunk_altered", 7)}


def test_no_flipped_bit_in_the_manifest_passes(sealed: Sealed) -> None:
    true = sealed.manifest
    for offset in range(len(true)):
        manifest = bytearray(true)
        manifest[offset] ^= 1 << offset % 8
        sealed.manifest = bytes(manifest)
        assert sealed.verdict().result in {Result.BROKEN, Result.INDETERMINATE}, offset


def test_an_entry_changed_in_the_manifest_breaks_the_chain_where_it_stands(sealed: Sealed) -> None:
    def later(document: Json) -> None:
        document["streams"][0]["chunks"][4]["capture_end_ms"] += 1

    sealed.rewrite(later)

    assert ("chain_broken", 5) in sealed.places()


def test_an_entry_dropped_from_the_manifest_breaks_the_chain_and_shows_as_an_undeclared_gap(sealed: Sealed) -> None:
    def drop(document: Json) -> None:
        del document["streams"][0]["chunks"][4]

    sealed.rewrite(drop)

    assert {("chain_broken", 5), ("gap_undeclared", None)} <= sealed.places()


def test_two_entries_in_another_order_are_found(sealed: Sealed) -> None:
    def swap(document: Json) -> None:
        chunks = document["streams"][0]["chunks"]
        chunks[4], chunks[5] = chunks[5], chunks[4]

    sealed.rewrite(swap)

    assert ("order_wrong", 4) in sealed.places()


def test_the_last_entry_changed_is_found_by_the_head(sealed: Sealed) -> None:
    def change(document: Json) -> None:
        document["streams"][0]["chunks"][-1]["capture_end_ms"] += 1

    sealed.rewrite(change)

    assert ("chain_broken", 12) in sealed.places()


def test_a_hole_hidden_from_the_manifest_is_found(sealed: Sealed) -> None:
    def hide(document: Json) -> None:
        document["streams"][0]["gaps"] = []

    sealed.rewrite(hide)

    assert ("gap_undeclared", None) in sealed.places()


def test_a_hole_that_is_none_is_found(sealed: Sealed) -> None:
    def invent(document: Json) -> None:
        document["streams"][0]["gaps"][0]["from_seq"] = 8

    sealed.rewrite(invent)

    assert ("gap_untrue", None) in sealed.places()


def test_a_stream_moved_to_another_point_is_found(sealed: Sealed) -> None:
    def move(document: Json) -> None:
        one, two = document["streams"][0], document["streams"][1]
        one["point_id"], two["point_id"] = two["point_id"], one["point_id"]

    sealed.rewrite(move)

    assert sealed.places() == {("merkle_root_wrong", None)}


def test_a_chain_moved_to_another_stream_is_found(sealed: Sealed) -> None:
    def move(document: Json) -> None:
        document["streams"][0]["stream_id"] = document["streams"][1]["stream_id"]

    sealed.rewrite(move)

    assert ("chain_broken", 0) in sealed.places()


def test_a_backdated_recording_is_found(sealed: Sealed) -> None:
    def backdate(document: Json) -> None:
        document["sealed_at"] = "2020-01-01T00:00:00.000000Z"

    sealed.rewrite(backdate)

    assert sealed.places() == {("merkle_root_wrong", None)}


def test_a_manifest_made_anew_as_a_whole_is_found_only_by_the_hash_that_was_said(sealed: Sealed) -> None:
    said = sha256(sealed.manifest)

    def forge(document: Json) -> None:
        stream = document["streams"][0]
        stream["chunks"][0]["capture_end_ms"] += 1_000
        document["streams"][0] = with_chain(stream)
        document["duration_milliseconds"] += 1_000
        document["merkle_root"] = root_of(document)

    sealed.rewrite(forge)

    assert sealed.verdict().result is Result.VALID_WITH_GAPS
    assert sealed.verdict(said).result is Result.BROKEN


def test_the_same_manifest_spelt_differently_is_not_the_sealed_one(sealed: Sealed) -> None:
    sealed.manifest = json.dumps(sealed.document).encode()

    assert sealed.places() == {("manifest_not_canonical", None)}


@pytest.mark.parametrize("garbage", [b"", b"\xff", b"[]", b"null", b'{"format": "tiepdan-recording/1"}'])
def test_garbage_in_place_of_the_manifest_is_broken(sealed: Sealed, garbage: bytes) -> None:
    sealed.manifest = garbage

    assert sealed.places() == {("manifest_unreadable", None)}


def test_a_format_of_the_future_cannot_be_decided(sealed: Sealed) -> None:
    sealed.manifest = b'{"format":"tiepdan-recording/9"}'

    verdict = sealed.verdict()

    assert (verdict.result, verdict.unknown[0].what) == (Result.INDETERMINATE, "unknown_format")


def test_an_object_that_cannot_be_read_now_is_not_called_broken(sealed: Sealed) -> None:
    def reader(wanted: Wanted) -> bytes | None:
        if wanted.name == sealed.names[1]:
            raise Unreadable("vault_away")
        return sealed.objects[wanted.name]

    verdict = verify(sealed.manifest, reader)

    assert verdict.result is Result.INDETERMINATE
    assert [(finding.what, finding.object_name) for finding in verdict.unknown] == [("vault_away", sealed.names[1])]


async def test_the_service_says_where_its_own_vault_was_altered(exported: tuple[World, Session, Path]) -> None:
    room, session, _ = exported
    stored = (await room.rooms.capture.objects(session.stream_id()))[1]
    [file] = (room.folder / "vault").rglob(f"*{stored.sha256}*/*.bin")
    file.chmod(0o600)
    content = bytearray(file.read_bytes())
    content[0] ^= 1
    file.write_bytes(bytes(content))

    verdict = await room.verify(session)

    assert verdict["result"] == "broken"
    [finding] = verdict["findings"]
    assert (finding["what"], finding["seq"], finding["stream_id"]) == ("chunk_altered", 3, str(session.stream_id()))


async def test_the_service_finds_a_truncated_and_a_removed_file_of_its_vault(
    exported: tuple[World, Session, Path],
) -> None:
    room, session, _ = exported
    one, two, *_ = await room.rooms.capture.objects(session.stream_id())
    [cut] = (room.folder / "vault").rglob(f"*{one.sha256}*/*.bin")
    cut.chmod(0o600)
    os.truncate(cut, 450)
    [gone] = (room.folder / "vault").rglob(f"*{two.sha256}*/*.bin")
    gone.unlink()

    verdict = await room.verify(session)

    assert verdict["result"] == "broken"
    assert {finding["seq"] for finding in verdict["findings"]} == {1, 2, 3, 4, 5}


async def test_a_vault_that_is_away_is_not_called_broken(
    exported: tuple[World, Session, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    room, session, _ = exported
    true_read = room.vault.read

    def away(name: str, version: str | None = None, **span: Any) -> AsyncIterator[bytes]:
        if name.endswith(".media"):
            raise Unavailable("vault_away", "…")
        return true_read(name, version, **span)

    monkeypatch.setattr(room.vault, "read", away)

    assert (await room.verify(session))["result"] == "indeterminate"


def run_offline(*arguments: str) -> subprocess.CompletedProcess[str]:
    # -S: no installed package is found, so only the standard library can be what it needs.
    command = [sys.executable, "-S", "-m", "services.recording", "verify", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our own command


async def test_an_export_verifies_offline_with_nothing_but_the_standard_library(
    exported: tuple[World, Session, Path],
) -> None:
    room, session, folder = exported
    stored = (await room.said(session))[-1]
    assert isinstance(stored, RecordingStored)

    run = run_offline(str(folder), "--sha256", stored.manifest_sha256)

    assert (run.returncode, run.stderr) == (0, "")
    assert "VALID_WITH_GAPS" in run.stdout


async def test_an_export_that_was_altered_fails_offline_and_names_the_place(
    exported: tuple[World, Session, Path],
) -> None:
    _, session, folder = exported
    name = Sealed(folder).names[1]
    content = bytearray((folder / "objects" / name).read_bytes())
    content[-1] ^= 1
    (folder / "objects" / name).write_bytes(bytes(content))

    run = run_offline(str(folder))

    assert run.returncode == 1
    assert f"chunk_altered @ stream {session.stream_id()} chunk 5 object {name}" in run.stdout


async def test_the_manifest_inside_a_folder_vault_verifies_where_it_stands(
    exported: tuple[World, Session, Path],
) -> None:
    room, _, _ = exported
    [manifest] = (room.folder / "vault").rglob("*.manifest.json@/*.bin")

    assert run_offline(str(manifest)).returncode == 0


async def test_the_export_passes_sha256sum(exported: tuple[World, Session, Path]) -> None:
    _, _, folder = exported

    command = ["/usr/bin/sha256sum", "--check", "--strict", "SHA256SUMS"]
    run = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=60)  # noqa: S603, ASYNC221 - our own command

    assert run.returncode == 0


def test_a_place_without_a_manifest_is_unusable(tmp_path: Path) -> None:
    run = run_offline(str(tmp_path))

    assert (run.returncode, run.stderr) == (2, "")


def test_a_forged_object_name_does_not_lead_out_of_the_export(exported: tuple[World, Session, Path]) -> None:
    folder = exported[2]
    secret = folder / "secret"
    secret.write_bytes(b"x")
    sealed = Sealed(folder)

    def forge(document: Json) -> None:
        document["streams"][0]["objects"][0]["name"] = "../secret"

    sealed.rewrite(forge)
    (folder / "manifest.json").write_bytes(sealed.manifest)

    assert "object_missing" in run_offline(str(folder)).stdout


async def test_a_delete_marker_over_an_object_is_told_and_the_recording_is_still_whole(
    exported: tuple[World, Session, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    room, session, _ = exported
    versions = room.vault.versions
    kept = await versions(f"recordings/{session.recording_id}")
    hidden = kept[1]

    async def with_a_marker(prefix: str) -> list[Kept]:
        return [*await versions(prefix), replace(hidden, version="marker", sha256="", size_bytes=0, is_marker=True)]

    monkeypatch.setattr(room.vault, "versions", with_a_marker)
    verdict = await room.verify(session)

    assert verdict["result"] == "valid_with_gaps"
    assert [(one["what"], one["object_name"]) for one in verdict["findings"]] == [("hidden_by_marker", hidden.name)]
