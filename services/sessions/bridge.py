"""Video rooms: where the bridge points of a session see and hear each other. Recording never depends on them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from contracts.errors import Refused
from contracts.ids import PointId, SessionId


@dataclass(frozen=True, slots=True)
class JoinToken:
    """What a point's device joins with: short-lived, for one point of one room. Never logged."""

    url: str
    token: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"JoinToken(…, expires_at={self.expires_at.isoformat()})"


class Rooms(Protocol):
    """A conference server. Every call may be repeated. Errors of every call: Unavailable("rooms_away")."""

    name: str

    async def open_room(self, session_id: SessionId) -> None:
        """The session has a room; opening it again changes nothing."""
        ...

    async def join_token(self, session_id: SessionId, point_id: PointId, *, lifetime: timedelta) -> JoinToken:
        """Lets one point in. Errors: Refused("no_rooms") where there is no conference server."""
        ...

    async def close_room(self, session_id: SessionId) -> None:
        """Everybody is out and the room is gone; closing it again changes nothing."""
        ...


class NoRooms:
    """The embedded engine: there is no conference server, and nobody sees anybody.

    Demo and tests simulate points by media files that are sent to recording. Connecting and losing points is what an
    operator says it is. A real engine (LiveKit) comes behind this same port.
    """

    name = "none"

    async def open_room(self, session_id: SessionId) -> None:
        """Nothing to open."""

    async def join_token(
        self,
        session_id: SessionId,  # noqa: ARG002 - the port's parameter
        point_id: PointId,  # noqa: ARG002 - the same
        *,
        lifetime: timedelta,  # noqa: ARG002 - the same
    ) -> JoinToken:
        """Always refused: there is nothing to join."""
        raise Refused("no_rooms", "Hệ thống này chưa nối với phòng họp trực tuyến.")

    async def close_room(self, session_id: SessionId) -> None:
        """Nothing to close."""
