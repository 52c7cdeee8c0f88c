"""What recording adds to the settings of every service."""

from pathlib import Path

from pydantic_settings import SettingsConfigDict

from services.chassis.settings import ServiceSettings


class RecordingSettings(ServiceSettings):
    """From the environment; what is recording's own has the prefix ``TCD_RECORDING_``."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="TCD_", extra="ignore", populate_by_name=True)

    port: int = 8004
    recording_chunk_max_bytes: int = 16_777_216
    recording_spool_max_bytes: int = 53_687_091_200
    """The disk that media may fill before they are sealed; beyond it points are asked to wait, they buffer."""
    recording_object_bytes: int = 8_388_608
    """Chunks are put together into vault objects of at most this size."""
    recording_upload_hours: float = 72.0
    """How long after a session late chunks are waited for; then it is sealed with what there is."""
    recording_retention_days: int = 3_653
    """How long a sealed recording is kept at least. No law names the years yet (domain.md §8): the province sets it."""
    recording_work_seconds: float = 0.5
    """How often shipping and sealing look for work."""

    @property
    def spool_folder(self) -> Path:
        """Where acknowledged chunks wait until their recording is sealed."""
        return self.data_folder / "recording" / "spool"
