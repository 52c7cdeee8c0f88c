"""What recording measures: meaning, and the action it calls for."""

from collections import Counter
from collections.abc import Iterable

from services.chassis.telemetry import Meters
from services.recording.domain.recording import Recording, Status


class RecordingMeters:
    """Recording's own metrics, beside those of the chassis."""

    def __init__(self, meters: Meters) -> None:
        self.chunks = meters.counter(
            "tcd_recording_chunks", "Chunks offered. Many wrong_hash or other_bytes: inspect that point.", ("outcome",)
        )
        self.spool_bytes = meters.gauge(
            "tcd_recording_spool_bytes", "Disk that unsealed media fill. Alarm at 50, 75, 90 % of the limit."
        )
        self.spool_limit_bytes = meters.gauge("tcd_recording_spool_limit_bytes", "The limit of that disk.")
        self.unfinished = meters.gauge(
            "tcd_recordings_unfinished", "Recordings not at their end. Sealing for long: read the logs.", ("status",)
        )
        self.verifications = meters.counter(
            "tcd_recording_verifications", "Verifications by result. One broken: call the archivist.", ("result",)
        )

    def show(self, recordings: Iterable[Recording], used_bytes: int, limit_bytes: int) -> None:
        """The state of this moment."""
        counted = Counter(recording.status for recording in recordings)
        for status in Status:
            self.unfinished.labels(status.value).set(counted[status])
        self.spool_bytes.set(used_bytes)
        self.spool_limit_bytes.set(limit_bytes)
