"""librdkafka's mock cluster through ctypes: the one file that knows its C interface.

The library is the one bundled with the confluent-kafka wheel; its mock interface is marked experimental, so the wheel's
version is pinned in the lock file and the tests of the bus run every call made here.
"""

import ctypes
from pathlib import Path
from typing import Final

import confluent_kafka

_PRODUCER: Final = 0
_ERROR_BYTES: Final = 512
BROKER_ID: Final = 1
ALL_BROKERS: Final = -1
_MILLISECONDS_A_SECOND: Final = 1000


class MockCluster:
    """One Kafka broker in this process, in memory, on an ephemeral port of 127.0.0.1."""

    def __init__(self, group_join_delay_seconds: float) -> None:
        self._library = _library()
        error = ctypes.create_string_buffer(_ERROR_BYTES)
        conf = self._library.rd_kafka_conf_new()
        self._library.rd_kafka_conf_set(conf, b"log_level", b"3", error, _ERROR_BYTES)
        self._handle = self._library.rd_kafka_new(_PRODUCER, conf, error, _ERROR_BYTES)
        if not self._handle:
            raise OSError(error.value.decode(errors="replace"))
        self._cluster = self._library.rd_kafka_mock_cluster_new(self._handle, 1)
        delay = int(group_join_delay_seconds * _MILLISECONDS_A_SECOND)
        self._library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, delay)
        host, _, port = self._library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode().rpartition(":")
        self.host: Final = host
        self.port: Final = int(port)

    def advertise(self, host: str, port: int) -> None:
        """Tell clients that the broker is there instead of on its own port."""
        self._library.rd_kafka_mock_broker_set_host_port(self._cluster, BROKER_ID, host.encode(), port)

    def create_topic(self, name: str, partitions: int) -> None:
        _check(self._library.rd_kafka_mock_topic_create(self._cluster, name.encode(), partitions, 1))

    def fail(self, api_key: int, errors: list[int]) -> None:
        """Answer the next requests of this kind with these Kafka error codes, one each."""
        codes = (ctypes.c_int * len(errors))(*errors)
        self._library.rd_kafka_mock_push_request_errors_array(self._cluster, api_key, len(errors), codes)

    def go_down(self) -> None:
        """Cut connections and refuse new ones; what is in memory stays."""
        _check(self._library.rd_kafka_mock_broker_set_down(self._cluster, ALL_BROKERS))

    def come_up(self) -> None:
        _check(self._library.rd_kafka_mock_broker_set_up(self._cluster, ALL_BROKERS))

    def destroy(self) -> None:
        """End it and forget everything; blocks for some milliseconds."""
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(self._handle)


def _check(code: int) -> None:
    if code:
        raise OSError(f"the mock cluster answered {code}")


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(str(_bundled()))
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    _declare(library, "rd_kafka_conf_new", pointer)
    _declare(library, "rd_kafka_conf_set", number, pointer, text, text, text, ctypes.c_size_t)
    _declare(library, "rd_kafka_new", pointer, number, pointer, text, ctypes.c_size_t)
    _declare(library, "rd_kafka_destroy", None, pointer)
    _declare(library, "rd_kafka_mock_cluster_new", pointer, pointer, number)
    _declare(library, "rd_kafka_mock_cluster_destroy", None, pointer)
    _declare(library, "rd_kafka_mock_cluster_bootstraps", text, pointer)
    _declare(library, "rd_kafka_mock_group_initial_rebalance_delay_ms", None, pointer, ctypes.c_int32)
    _declare(library, "rd_kafka_mock_broker_set_host_port", None, pointer, ctypes.c_int32, text, number)
    _declare(library, "rd_kafka_mock_topic_create", number, pointer, text, number, number)
    _declare(
        library,
        "rd_kafka_mock_push_request_errors_array",
        None,
        pointer,
        ctypes.c_int16,
        ctypes.c_size_t,
        ctypes.POINTER(ctypes.c_int),
    )
    _declare(library, "rd_kafka_mock_broker_set_down", number, pointer, ctypes.c_int32)
    _declare(library, "rd_kafka_mock_broker_set_up", number, pointer, ctypes.c_int32)
    return library


def _declare(library: ctypes.CDLL, name: str, result: object, *arguments: object) -> None:
    function = getattr(library, name)
    function.restype = result
    function.argtypes = arguments


def _bundled() -> Path:
    """The library inside the wheel: beside the package on Linux, below it on macOS."""
    package = Path(confluent_kafka.__file__).parent
    places = (package.parent / "confluent_kafka.libs", package / ".dylibs")
    for place in places:
        found = sorted(place.glob("librdkafka*"))
        if found:
            return found[0]
    raise OSError("the confluent-kafka wheel carries no librdkafka: install it from a wheel, not from source")
