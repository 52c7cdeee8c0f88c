"""Media in: what is acknowledged is durable, what is durable is known, and nothing takes another's place."""

from services.recording.capture.alone import Alone
from services.recording.capture.entries import CHUNKS, INCIDENTS, OBJECTS, Entries, keys_of, vault_object
from services.recording.capture.media import Capture, MayTake
from services.recording.capture.spool import Spool

__all__ = [
    "CHUNKS",
    "INCIDENTS",
    "OBJECTS",
    "Alone",
    "Capture",
    "Entries",
    "MayTake",
    "Spool",
    "keys_of",
    "vault_object",
]
