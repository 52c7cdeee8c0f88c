"""Who is inside with a chunk: sealing waits for them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from contracts.ids import RecordingId


class Gate:
    """Who is inside with a chunk, by recording: sealing begins when nobody is.

    Whoever enters looks at the recording's state after entering, and sealing looks at the gate after that state is
    saved: so no chunk slips in between.
    """

    def __init__(self) -> None:
        self._inside: Counter[RecordingId] = Counter()

    @contextmanager
    def entered(self, recording_id: RecordingId) -> Iterator[None]:
        self._inside[recording_id] += 1
        try:
            yield
        finally:
            self._inside[recording_id] -= 1
            if not self._inside[recording_id]:
                del self._inside[recording_id]

    def is_empty(self, recording_id: RecordingId) -> bool:
        return recording_id not in self._inside
