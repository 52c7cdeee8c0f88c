"""Who looked at what, and for which purpose: every look at a sealed recording leaves an entry."""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from contracts.ids import PointId, RecordingId
from contracts.vocabulary import Labelled
from services.recording.domain.chunks import Value
from services.recording.domain.recording import Recording

Covers = Callable[[str], bool]
"""Is this unit within what the caller may see?"""


class AccessPurpose(Labelled):
    """Closed, so that no free text about a person gets in."""

    MINUTES = "minutes", "lập, đối chiếu biên bản"
    SETTLEMENT = "settlement", "giải quyết vụ việc"
    INSPECTION = "inspection", "thanh tra, kiểm tra"
    COURT_REQUEST = "court_request", "theo yêu cầu của tòa án, cơ quan điều tra"
    PETITIONER_REQUEST = "petitioner_request", "theo đề nghị của công dân"
    ARCHIVE_CHECK = "archive_check", "kiểm tra lưu trữ"


class Access(Value):
    """One look. ``subject`` is the issuer's opaque id of the caller; bytes are those asked for, both inside."""

    recording_id: RecordingId
    act: Literal["download", "manifest", "verify"]
    subject: Annotated[str, Field(max_length=200)]
    purpose: AccessPurpose
    at: AwareDatetime
    point_id: PointId | None = None
    epoch: int | None = None
    first_byte: int | None = None
    last_byte: int | None = None


def taking_part(recording: Recording, unit: str | None, *, is_auditor: bool) -> Covers:
    """What a unit may see of a discreet recording: its own point, never one below it; where it held the session, its
    archivist and its inspectorate (``is_auditor``) see every point."""
    if is_auditor and unit is not None and unit == recording.chaired_by:
        return lambda _: True
    return lambda point_unit: point_unit == unit


def sees_recording(recording: Recording, covers: Covers) -> bool:
    """True for who answers for at least one of its points."""
    return any(covers(point.unit) for point in recording.points)


def sees_point(recording: Recording, point_id: PointId, covers: Covers) -> bool:
    """Media of a point: for who answers for that point, or for the main point, which heard everybody."""
    return any(covers(point.unit) for point in recording.points if point.is_main or point.point_id == point_id)
