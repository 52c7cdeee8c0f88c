"""What every ledger engine says when it says no, in the same words."""

from contracts.errors import Conflict, NoRoom, NotFound, Refused, Unavailable


def exists() -> Conflict:
    return Conflict("exists", "Hồ sơ với mã này đã có.")


def key_taken() -> Conflict:
    return Conflict("key_taken", "Mã tra cứu này đã thuộc về hồ sơ khác.")


def has_pending() -> Conflict:
    return Conflict("has_pending", "Hồ sơ còn sự kiện chưa gửi đi nên chưa xóa được.")


def history_clash() -> Conflict:
    return Conflict("history_clash", "Hai sự kiện khác nhau mang cùng một số thứ tự.")


def no_fact() -> NotFound:
    return NotFound("no_fact", "Không có sự kiện này trong nhật ký.")


def document_too_large(limit_bytes: int) -> Refused:
    return Refused("document_too_large", "Hồ sơ quá lớn để lưu; xin tách bớt nội dung.", limit=limit_bytes)


def ledger_away() -> Unavailable:
    return Unavailable("ledger_away", "Kho dữ liệu đang gián đoạn; xin thử lại sau ít phút.")


def ledger_full() -> NoRoom:
    return NoRoom("ledger_full", "Kho dữ liệu đã đầy, chưa ghi được; xin thử lại sau.", retry_after_seconds=60)
