"""The demo's story on Apache Kafka, a MongoDB-wire engine and MinIO: the journey's own tests, and what S3 and MongoDB
kept of it."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from bson import json_util
from minio import Minio
from minio.retention import Retention
from pymongo import MongoClient

from contracts.facts.recording import RecordingStored
from contracts.streams import SPEAKERS
from services.chassis.clock import VIETNAM
from services.chassis.vault.wire import connections
from tests.engines.real_house import Ground, ground
from tests.engines.s3_address import S3Address
from tests.journeys.test_walk import (
    CANARIES,
    test_a_denunciation_has_no_public_side,
    test_a_number_without_zalo_is_told_by_sms,
    test_every_chain_on_the_bus_is_whole,
    test_every_petition_has_exactly_one_case,
    test_everyone_was_told,
    test_metrics_have_few_series_and_no_ids_in_labels,
    test_no_person_is_in_any_log_trace_or_metric,
    test_no_person_is_on_any_stream,
    test_one_trace_runs_from_the_request_to_the_notice,
    test_the_denouncer_is_told_in_words_that_say_nothing,
    test_the_overdue_large_group_went_up_with_both_reasons,
    test_the_recording_of_three_points_is_sealed_without_a_gap,
)
from tests.journeys.walking import Walked, walk

__all__ = [
    "test_a_denunciation_has_no_public_side",
    "test_a_number_without_zalo_is_told_by_sms",
    "test_every_chain_on_the_bus_is_whole",
    "test_every_petition_has_exactly_one_case",
    "test_everyone_was_told",
    "test_metrics_have_few_series_and_no_ids_in_labels",
    "test_no_person_is_in_any_log_trace_or_metric",
    "test_no_person_is_on_any_stream",
    "test_one_trace_runs_from_the_request_to_the_notice",
    "test_the_denouncer_is_told_in_words_that_say_nothing",
    "test_the_overdue_large_group_went_up_with_both_reasons",
    "test_the_recording_of_three_points_is_sealed_without_a_gap",
]


@dataclass(frozen=True)
class Stood:
    """The walk, and where it was walked; the servers still stand."""

    walked: Walked
    ground: Ground


@pytest.fixture(scope="module")
def stood(mongodb: str, s3: S3Address, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stood]:
    with ground(mongodb, s3) as found:
        data = tmp_path_factory.mktemp("walk-on-engines") / "data"
        yield Stood(asyncio.run(walk(data, make=found.make)), found)


@pytest.fixture(scope="module")
def walked(stood: Stood) -> Walked:
    return stood.walked


def test_nothing_was_kept_in_embedded_engines(stood: Stood) -> None:
    assert (stood.walked.data / "logs").exists()
    assert not list(stood.walked.data.rglob("ledger.sqlite*"))


def test_the_sealed_recording_is_locked_in_s3_until_its_day(stood: Stood) -> None:
    (stored,) = [fact for _, fact in stood.walked.facts if isinstance(fact, RecordingStored)]
    store = _store(stood.ground)
    kept = [one for one in store.list_objects(stood.ground.bucket, recursive=True) if one.object_name]
    ours = [one.object_name for one in kept if str(stored.recording_id) in str(one.object_name)]
    locks = [store.get_object_retention(stood.ground.bucket, str(name)) for name in ours]

    assert ours, [one.object_name for one in kept]
    assert all(isinstance(lock, Retention) for lock in locks), list(zip(ours, locks, strict=True))
    assert {lock.mode for lock in locks if lock} == {"GOVERNANCE"}
    days = [lock.retain_until_date.astimezone(VIETNAM).date() for lock in locks if lock]
    assert min(days) >= stored.retain_until, days


def test_no_person_stands_in_clear_in_mongodb(stood: Stood) -> None:
    with MongoClient[dict[str, Any]](stood.ground.mongodb) as client:
        kept = {
            f"{service}.{name}": json_util.dumps(list(database[name].find()), ensure_ascii=False)
            for service in SPEAKERS
            for database in [client[stood.ground.database(service)]]
            for name in database.list_collection_names()
        }

    assert {name.split(".")[0] for name, text in kept.items() if text != "[]"} == set(SPEAKERS)
    assert not [(name, canary) for name, text in kept.items() for canary in CANARIES if canary in text]


def _store(where: Ground) -> Minio:
    return Minio(
        endpoint=where.s3.endpoint,
        access_key=where.s3.access_key,
        secret_key=where.s3.secret_key,
        secure=where.s3.is_secure,
        region=where.s3.region,
        http_client=connections(1, where.s3.ca_file),
    )
