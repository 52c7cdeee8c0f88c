"""What officers do with a case. Each: the case and the order in, the case and what is said out; else ``Refused``.

``by`` is the body the officer acts for. Every change of status goes through the closed table of ``case``.
"""

from services.routing.domain.acts.first_steps import (
    accept,
    decline,
    guide,
    request_chair,
    request_supplement,
    transfer,
)
from services.routing.domain.acts.settlement import close, confirm, extend, resume, settle, suspend
from services.routing.domain.acts.shared import Decided

__all__ = [
    "Decided",
    "accept",
    "close",
    "confirm",
    "decline",
    "extend",
    "guide",
    "request_chair",
    "request_supplement",
    "resume",
    "settle",
    "suspend",
    "transfer",
]
