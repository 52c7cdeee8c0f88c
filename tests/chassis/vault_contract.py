"""What every vault engine has to keep. An engine's test file subclasses ``VaultContract`` and adds two fixtures."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from contracts.errors import BadInput, NotFound, Refused
from services.chassis.vault.port import Kept, Vault, content_name

LetPass = Callable[[datetime], Awaitable[None]]
"""Returns when the engine's own clock has passed the moment."""

Now = Callable[[], datetime]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def keep(vault: Vault, name: str, content: bytes, retain_until: datetime | None = None) -> Kept:
    return await vault.put(name, content, sha256=sha256(content), retain_until=retain_until)


async def whole(vault: Vault, name: str, version: str | None = None, **part: int) -> bytes:
    return b"".join([piece async for piece in vault.read(name, version, **part)])


class VaultContract:
    """Fixtures an engine gives: ``vault`` (open and empty), ``now`` and ``let_pass`` (its clock)."""

    async def test_what_was_kept_is_read_back_byte_for_byte(self, vault: Vault) -> None:
        content = bytes(range(256)) * 4096
        kept = await keep(vault, "recordings/a/0001.mp4", content)
        assert (kept.size_bytes, kept.sha256) == (len(content), sha256(content))
        assert await whole(vault, "recordings/a/0001.mp4") == content
        assert await vault.stat("recordings/a/0001.mp4") == kept

    async def test_an_empty_object_is_an_object(self, vault: Vault) -> None:
        await keep(vault, "empty", b"")
        assert (await vault.stat("empty")).size_bytes == 0
        assert await whole(vault, "empty") == b""

    async def test_a_part_can_be_read(self, vault: Vault) -> None:
        await keep(vault, "part", b"0123456789")
        assert await whole(vault, "part", offset=3, length=4) == b"3456"
        assert await whole(vault, "part", offset=8) == b"89"
        assert await whole(vault, "part", offset=8, length=100) == b"89"
        assert await whole(vault, "part", offset=10) == b""

    async def test_bytes_that_do_not_have_the_hash_are_not_kept(self, vault: Vault) -> None:
        with pytest.raises(Refused, match="wrong_hash"):
            await vault.put("forged", b"other bytes", sha256=sha256(b"the bytes"))
        with pytest.raises(NotFound):
            await vault.stat("forged")

    async def test_the_same_content_again_answers_the_version_there_is(self, vault: Vault) -> None:
        name = content_name("attachments", sha256(b"scan"), ".pdf")
        first = await keep(vault, name, b"scan")
        assert await keep(vault, name, b"scan") == first
        assert await vault.versions("attachments") == [first]

    async def test_the_same_content_kept_by_many_at_once_is_one_version(self, vault: Vault) -> None:
        kept = await asyncio.gather(*(keep(vault, "crowd", b"same") for _ in range(20)))
        assert len({one.version for one in kept}) == 1
        assert len(await vault.versions("crowd")) == 1

    async def test_other_content_is_a_new_version_and_the_old_one_stays(self, vault: Vault) -> None:
        old, new = await keep(vault, "minutes", b"draft"), await keep(vault, "minutes", b"signed")
        assert await whole(vault, "minutes") == b"signed"
        assert await whole(vault, "minutes", old.version) == b"draft"
        assert await vault.versions("minutes") == [old, new]

    async def test_different_contents_written_at_once_are_all_kept(self, vault: Vault) -> None:
        await asyncio.gather(*(keep(vault, "busy", b"%d" % number) for number in range(10)))
        read = [await whole(vault, "busy", kept.version) for kept in await vault.versions("busy")]
        assert sorted(read) == [b"%d" % number for number in range(10)]

    async def test_versions_below_a_prefix_are_those_of_its_folder_only(self, vault: Vault) -> None:
        for name in ("r/1/b", "r/1/a", "r/10/a", "r/1-x"):
            await keep(vault, name, name.encode())
        assert [kept.name for kept in await vault.versions("r/1")] == ["r/1/a", "r/1/b"]
        assert [kept.name for kept in await vault.versions("r/1/a")] == ["r/1/a"]
        assert await vault.versions("nothing/here") == []

    async def test_retention_grows_and_never_shrinks(self, vault: Vault, now: Now) -> None:
        day = now() + timedelta(days=30)
        kept = await keep(vault, "kept", b"x", day)
        longer = await vault.retain("kept", kept.version, day + timedelta(days=1))
        assert longer.retain_until == day + timedelta(days=1)
        with pytest.raises(Refused, match="retention_only_grows"):
            await vault.retain("kept", kept.version, day)
        assert (await vault.stat("kept")).retain_until == day + timedelta(days=1)

    async def test_keeping_again_may_lengthen_and_never_shortens(self, vault: Vault, now: Now) -> None:
        near, far = now() + timedelta(days=30), now() + timedelta(days=60)
        await keep(vault, "again", b"x", near)
        assert (await keep(vault, "again", b"x", far)).retain_until == far
        assert (await keep(vault, "again", b"x", near)).retain_until == far
        assert (await keep(vault, "again", b"x")).retain_until == far

    async def test_nothing_is_deleted_before_its_day(self, vault: Vault, now: Now) -> None:
        kept = await keep(vault, "early", b"x", now() + timedelta(days=1))
        with pytest.raises(Refused, match="retained"):
            await vault.delete("early", kept.version)
        assert await whole(vault, "early") == b"x"

    async def test_after_its_day_it_may_be_deleted(self, vault: Vault, now: Now, let_pass: LetPass) -> None:
        day = now() + timedelta(seconds=2)
        kept = await keep(vault, "late", b"x", day)
        await let_pass(day)
        await vault.delete("late", kept.version)
        with pytest.raises(NotFound, match="no_object"):
            await vault.stat("late", kept.version)

    async def test_a_legal_hold_outlives_the_day(self, vault: Vault) -> None:
        kept = await keep(vault, "held", b"x")
        assert (await vault.hold("held", kept.version, held=True)).is_held
        with pytest.raises(Refused, match="retained"):
            await vault.delete("held", kept.version)
        assert not (await vault.hold("held", kept.version, held=False)).is_held
        await vault.delete("held", kept.version)
        assert await vault.versions("held") == []

    async def test_deleting_one_version_leaves_the_others(self, vault: Vault) -> None:
        old, new = await keep(vault, "two", b"1"), await keep(vault, "two", b"2")
        await vault.delete("two", new.version)
        assert await vault.stat("two") == old
        newer = await keep(vault, "two", b"3")
        assert newer.version not in {old.version, new.version}

    async def test_what_is_not_there_is_said_so(self, vault: Vault) -> None:
        kept = await keep(vault, "there", b"x")
        for attempt in (
            vault.stat("absent"),
            vault.stat("there", "no-such-version"),
            whole(vault, "absent"),
            vault.delete("absent", kept.version),
            vault.retain("absent", kept.version, datetime(2030, 1, 1, tzinfo=UTC)),
            vault.hold("there", "no-such-version", held=True),
        ):
            with pytest.raises(NotFound, match="no_object"):
                await attempt

    @pytest.mark.parametrize(
        "name",
        ["", "/a", "a/", "a//b", "../a", "a/../b", "a/./b", "a/...", "A", "a b", "đơn", "a\n", "a\\b", "x" * 901],
    )
    async def test_a_name_that_is_not_plain_is_refused(self, vault: Vault, name: str) -> None:
        with pytest.raises(BadInput, match="bad_object_name"):
            await keep(vault, name, b"x")
        with pytest.raises(BadInput, match="bad_object_name"):
            await vault.stat(name)
        with pytest.raises(BadInput, match="bad_object_name"):
            await whole(vault, name)

    async def test_a_time_without_zone_is_refused(self, vault: Vault) -> None:
        with pytest.raises(BadInput, match="time_without_zone"):
            await keep(vault, "naive", b"x", datetime(2030, 1, 1))  # noqa: DTZ001 - the point of the test

    async def test_it_answers_a_ping_and_can_be_opened_twice(self, vault: Vault) -> None:
        await vault.ping()
        await vault.open()
        await vault.ping()
