"""Recording's door for machines: points upload, officers download and verify.

``desk``  collaborators and scope    ``shapes``  what goes in and out    ``uploading``  ``watching``  the routes
"""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter

from services.recording.api.desk import Desk
from services.recording.api.uploading import add_uploading
from services.recording.api.watching import add_reading, add_watching

__all__ = ["Desk", "make_api"]


def make_api(desk: Desk, caller: Callable[..., Any]) -> APIRouter:
    """All routes of this door."""
    api = APIRouter(prefix="/v1", tags=["recording"])
    add_reading(api, desk, caller)
    add_uploading(api, desk, caller)
    add_watching(api, desk, caller)
    return api
