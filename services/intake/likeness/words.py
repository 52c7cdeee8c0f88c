"""The words of a petition as they are compared: without marks, case and formulae, as people type and scanners read."""

import re
import unicodedata
from typing import Final

MAX_DECISIONS: Final = 2
"""The first two documents named: what is complained of stands at the head of a petition, its history below."""
_MARKS: Final = re.compile("[\u0300-\u036f]")
_SYLLABLE: Final = re.compile(r"[a-z0-9]+")
_DOCUMENT_NUMBER: Final = re.compile(r"(?<![\w/])(\d{1,5}) ?/ ?((?:qd|tb|kl|bc|cv|gcn|bb)(?:[-–][a-z]+)*)(?![\w/])")
"""``125/QĐ-UBND``. A year in the middle (``02/2011/QH13``) makes it a law, which everybody cites."""
FORMULAE: Final = (
    "cộng hòa xã hội chủ nghĩa việt nam",
    "cộng hoà xã hội chủ nghĩa việt nam",
    "độc lập tự do hạnh phúc",
    "đơn khiếu nại",
    "đơn tố cáo",
    "đơn kiến nghị",
    "đơn phản ánh",
    "kính gửi",
    "tôi tên là",
    "số định danh cá nhân",
    "số căn cước công dân",
    "ngày cấp",
    "nơi cấp",
    "hiện cư trú tại",
    "nơi thường trú",
    "số điện thoại",
    "tôi làm đơn này",
    "tôi viết đơn này",
    "kính mong quý cơ quan xem xét giải quyết",
    "kính đề nghị quý cơ quan xem xét giải quyết",
    "theo đúng quy định của pháp luật",
    "tôi xin cam đoan những nội dung trình bày trên là đúng sự thật",
    "tôi xin chịu trách nhiệm trước pháp luật",
    "xin chân thành cảm ơn",
    "tôi xin trân trọng cảm ơn",
    "người làm đơn",
    "ký và ghi rõ họ tên",
)
"""What stands in any petition and makes strangers look alike."""


def bare(text: str) -> str:
    """Lower case without diacritics: ``Đất đai`` and ``dat dai`` are one, in whichever Unicode form they came."""
    plain = unicodedata.normalize("NFD", text).lower()
    return _MARKS.sub("", plain).replace("đ", "d")


def syllables_of(bare_text: str) -> list[str]:
    """The syllables of a text that was made bare, its formulae left out."""
    return _BARE_FORMULAE.sub("", " ".join(_SYLLABLE.findall(bare_text))).split()


def decisions_in(bare_text: str) -> tuple[str, ...]:
    """Numbers of the documents it names, the first ones, in the order of the text."""
    if "/" not in bare_text:
        return ()
    found = (f"{int(number)}/{rest.replace('–', '-')}" for number, rest in _DOCUMENT_NUMBER.findall(bare_text))
    return tuple(dict.fromkeys(found))[:MAX_DECISIONS]


_BARE_FORMULAE: Final = re.compile(rf"\b(?:{'|'.join(bare(formula) for formula in FORMULAE)})\b")
