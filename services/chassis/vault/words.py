"""What every vault engine says in the same words: which names are plain, which times are times, what is wrong."""

import re
from datetime import UTC, datetime
from typing import Final

from contracts.errors import BadInput, NoRoom, NotFound, Unavailable

_NAME: Final = re.compile(r"(?!\.+(/|$))[a-z0-9._-]{1,200}(/(?!\.+(/|$))[a-z0-9._-]{1,200})*")
_NAME_MAX_CHARACTERS: Final = 900


def check_name(name: str) -> None:
    """Segments of ``[a-z0-9._-]``, none of dots only. Errors: BadInput("bad_object_name")."""
    if len(name) > _NAME_MAX_CHARACTERS or not _NAME.fullmatch(name):
        raise BadInput("bad_object_name", "Tên đối tượng trong kho lưu trữ không hợp lệ.")


def check_range(offset: int, length: int | None) -> None:
    """Neither is negative. Errors: BadInput("bad_range")."""
    if offset < 0 or (length is not None and length < 0):
        raise BadInput("bad_range", "Khoảng đọc không hợp lệ.")


def in_utc(moment: datetime) -> datetime:
    """The same moment in UTC. Errors: BadInput("time_without_zone")."""
    if moment.tzinfo is None:
        raise BadInput("time_without_zone", "Thời điểm phải kèm múi giờ.")
    return moment.astimezone(UTC)


def no_object() -> NotFound:
    return NotFound("no_object", "Không có đối tượng này trong kho lưu trữ.")


def damaged(name: str) -> Unavailable:
    """What is there is not what was kept."""
    return Unavailable(
        "vault_damaged", "Nội dung lưu trữ bị mất hoặc hỏng, cần người vận hành kiểm tra.", 300, object=name
    )


def full() -> NoRoom:
    """No room; or, where the engine cannot tell the two apart, nothing can be written while reading goes on."""
    return NoRoom("vault_full", "Kho lưu trữ đã đầy hoặc không ghi thêm được.", 60)


def away(cause: str) -> Unavailable:
    return Unavailable("vault_away", "Kho lưu trữ không phục vụ.", cause=cause)
