"""A real clip made on the spot: H.264 picture and Opus tone in fragmented MP4, cut into chunks as a bridge point would.

chunks = cut(make_clip(seconds=6))      # chunk 0 is the init segment (ftyp + moov), then one chunk a second
seen = decoded(b"".join(chunk.content for chunk in chunks))
"""

import io
import math
import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final

import av

CODECS: Final = "avc1.42c00a,opus"
CONTAINER: Final = "video/mp4"
FRAMES_PER_SECOND: Final = 10
CHUNK_MILLISECONDS: Final = 1_000

_SAMPLES_PER_SECOND: Final = 48_000
_SAMPLES_PER_FRAME: Final = 960
_LOUDNESS: Final = 6_000
_GREY: Final = 128
_SIZE: Final = (160, 120)
_BOX_HEADER_BYTES: Final = 8
# No mfra at the end: it holds file positions, which a lost chunk would make untrue.
_FRAGMENTED: Final = {"movflags": "frag_keyframe+empty_moov+default_base_moof+skip_trailer"}
_EVEN_KEYFRAMES: Final = {
    "preset": "ultrafast",
    "profile": "baseline",
    "x264-params": f"keyint={FRAMES_PER_SECOND}:min-keyint={FRAMES_PER_SECOND}:scenecut=0",
}


@dataclass(frozen=True, slots=True)
class ClipChunk:
    """A piece of the clip; times are milliseconds from its beginning. The init segment lasts no time."""

    content: bytes
    start_ms: int
    end_ms: int
    starts_with_keyframe: bool


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a player sees and hears of a clip."""

    duration_seconds: float
    frame_count: int
    audio_seconds: float


def make_clip(seconds: int, *, tone_hertz: float = 440.0, shade: int = 0) -> bytes:
    """A fragmented MP4 with a keyframe, and so a fragment, each second. ``shade`` tells the points' pictures apart."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4", options=_FRAGMENTED) as out:
        video = out.add_stream("libx264", rate=FRAMES_PER_SECOND, options=_EVEN_KEYFRAMES)
        video.width, video.height = _SIZE
        video.pix_fmt = "yuv420p"
        audio = out.add_stream("libopus", rate=_SAMPLES_PER_SECOND, layout="mono")
        pictures, sounds = _pictures(seconds, shade), _sounds(seconds, tone_hertz)
        for _second in range(seconds):  # interleaved by the second, as a camera and a microphone would come
            for _ in range(FRAMES_PER_SECOND):
                out.mux(video.encode(next(pictures)))
            for _ in range(_SAMPLES_PER_SECOND // _SAMPLES_PER_FRAME):
                out.mux(audio.encode(next(sounds)))
        out.mux(video.encode(None))
        out.mux(audio.encode(None))
    return file.getvalue()


def cut(clip: bytes) -> list[ClipChunk]:
    """The init segment and the fragments: cut before each ``moof`` box."""
    boundaries = [offset for offset, kind in _boxes(clip) if kind == b"moof"]
    edges = [0, *boundaries, len(clip)]
    pieces = [clip[start:end] for start, end in pairwise(edges)]
    times = [(0, 0)] + [(n * CHUNK_MILLISECONDS, (n + 1) * CHUNK_MILLISECONDS) for n in range(len(boundaries))]
    return [
        ClipChunk(piece, start_ms, end_ms, starts_with_keyframe=end_ms > start_ms)
        for piece, (start_ms, end_ms) in zip(pieces, times, strict=True)
    ]


def decoded(content: bytes) -> Decoded:
    """Decode everything and count. Raises what PyAV raises when it cannot be played."""
    frames, samples, last = 0, 0, 0.0
    with av.open(io.BytesIO(content), "r") as clip:
        for frame in clip.decode(video=0, audio=0):
            if isinstance(frame, av.VideoFrame):
                frames += 1
                last = max(last, (frame.time or 0.0) + 1 / FRAMES_PER_SECOND)
            elif isinstance(frame, av.AudioFrame):
                samples += frame.samples
    return Decoded(last, frames, samples / _SAMPLES_PER_SECOND)


def _boxes(clip: bytes) -> Iterator[tuple[int, bytes]]:
    offset = 0
    while offset + _BOX_HEADER_BYTES <= len(clip):
        size_bytes, kind = struct.unpack_from(">I4s", clip, offset)
        yield offset, kind
        offset += size_bytes


def _pictures(seconds: int, shade: int) -> Iterator[av.VideoFrame]:
    for n in range(seconds * FRAMES_PER_SECOND):
        frame = av.VideoFrame(*_SIZE, "yuv420p")
        luma, *chroma = frame.planes
        luma.update(b"".join(_ramp(y + 4 * n + shade, luma.line_size) for y in range(luma.height)))
        for plane in chroma:
            plane.update(bytes([_GREY]) * plane.buffer_size)
        frame.pts, frame.time_base = n, Fraction(1, FRAMES_PER_SECOND)
        yield frame


def _ramp(start: int, length: int) -> bytes:
    return bytes((start + x) % 256 for x in range(length))


def _sounds(seconds: int, tone_hertz: float) -> Iterator[av.AudioFrame]:
    for n in range(seconds * _SAMPLES_PER_SECOND // _SAMPLES_PER_FRAME):
        first = n * _SAMPLES_PER_FRAME
        angles = (2 * math.pi * tone_hertz * (first + m) / _SAMPLES_PER_SECOND for m in range(_SAMPLES_PER_FRAME))
        frame = av.AudioFrame("s16", "mono", _SAMPLES_PER_FRAME)
        frame.planes[0].update(array("h", (round(_LOUDNESS * math.sin(angle)) for angle in angles)).tobytes())
        frame.sample_rate, frame.pts = _SAMPLES_PER_SECOND, first
        frame.time_base = Fraction(1, _SAMPLES_PER_SECOND)
        yield frame
