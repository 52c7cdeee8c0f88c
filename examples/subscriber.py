"""A stranger's program: prints public case events as they come. Needs only `contracts` and aiokafka.

KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9092 PYTHONPATH=. python examples/subscriber.py [stop after so many events]

Where Kafka asks for TLS or a user: KAFKA_SECURITY_PROTOCOL, KAFKA_CA_FILE, KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME,
KAFKA_SASL_PASSWORD, as in README.
"""

import asyncio
import os
import signal
import sys
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.helpers import create_ssl_context

from contracts.facts.envelope import Unreadable, from_record
from contracts.facts.lines import line_of
from contracts.streams import PUBLIC_CASES
from contracts.units import organisation


async def main(limit: float) -> None:
    """Print one line per event until ``limit`` events or SIGTERM; SUBSCRIBER_GROUP lets it go on where it stopped."""
    where, group = os.environ["KAFKA_BOOTSTRAP_SERVERS"], os.environ.get("SUBSCRIBER_GROUP")
    consumer = AIOKafkaConsumer(
        PUBLIC_CASES.name, bootstrap_servers=where, group_id=group, auto_offset_reset="earliest", **security()
    )
    reading = asyncio.create_task(read(consumer, limit))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, reading.cancel)
    await asyncio.wait([reading])
    if not reading.cancelled():
        reading.result()


def security() -> dict[str, Any]:
    """How to be let in, in aiokafka's words."""
    told = os.environ.get
    protocol = told("KAFKA_SECURITY_PROTOCOL") or "PLAINTEXT"
    options: dict[str, Any] = {"security_protocol": protocol}
    if protocol.endswith("SSL"):
        options["ssl_context"] = create_ssl_context(cafile=told("KAFKA_CA_FILE") or None)
    if protocol.startswith("SASL"):
        options["sasl_mechanism"] = told("KAFKA_SASL_MECHANISM") or "SCRAM-SHA-512"
        options["sasl_plain_username"] = told("KAFKA_SASL_USERNAME")
        options["sasl_plain_password"] = told("KAFKA_SASL_PASSWORD")
    return options


async def read(consumer: AIOKafkaConsumer, limit: float) -> None:
    seen = 0
    async with consumer:
        while seen < limit:
            record = await consumer.getone()
            try:
                event = from_record(record.topic, record.headers, record.value)
                fact = event.fact()
            except Unreadable as refusal:
                print(f"(không đọc được: {refusal.reason})", flush=True)
                continue
            if fact is None:  # a type of tomorrow: skip it, as every reader has to
                continue
            seen += 1
            print(f"{event.time:%Y-%m-%d %H:%M} {event.subject} {line_of(fact, organisation().name_of)}", flush=True)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else float("inf")))
