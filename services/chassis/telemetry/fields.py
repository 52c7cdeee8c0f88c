"""Every field name a log line may have. Ids, codes, counts and units; nothing a person could be known by.

Adding a name is a decision: ask whether any value it could ever hold names, reaches or describes a person.
"""

from typing import Final

FIELDS: Final = frozenset(
    {
        # who and where
        "service", "replica", "version", "engine", "host", "port", "pid", "province", "unit_level",
        # what it is about, by id
        "petition_id", "attachment_id", "case_id", "public_case_id", "session_id", "point_id", "recording_id",
        "stream_id", "notice_id", "fact_id", "document_id", "subject_id", "trace_id", "span_id",
        # facts and the bus
        "fact", "stream", "topic", "group", "partition", "offset", "sequence", "expected_sequence", "key_hash",
        "partitions", "attempt", "attempts", "outcome", "reason", "member", "is_replay", "letter_id",
        # decisions and doors
        "code", "status", "route", "method", "kind", "channel", "stage", "rule", "role", "collection", "provider",
        "template", "check", "part", "step", "loop", "command", "field", "state", "transition",
        # counts and measures, with their units
        "count", "pending", "limit", "size_bytes", "limit_bytes", "duration_ms", "age_seconds", "wait_seconds",
        "retry_after_seconds", "period_seconds", "shift_seconds", "due_on", "from_sequence", "to_sequence",
        "chunk", "chunks", "held", "parked", "signal", "revision", "done", "total",
        # faults: by type and place, never by message
        "error", "place", "cause", "logger",
    }
)  # fmt: skip
