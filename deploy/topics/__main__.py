"""``python -m deploy.topics``: make the topics that are missing, show what differs."""

import argparse
import asyncio
import logging
import os
import sys

from aiokafka.errors import KafkaError
from pydantic import ValidationError

from contracts.errors import TiepdanError
from deploy.topics.cluster import Cluster
from deploy.topics.plan import differences, missing, wanted
from services.chassis.bus.access import KafkaAccess
from services.chassis.unfit import unfit

_DIFFERENT, _CANNOT = 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0; 1 with ``--check`` when anything is missing or different; 2 when Kafka refuses or is away."""
    parser = argparse.ArgumentParser(prog="python -m deploy.topics", description=__doc__)
    default = os.environ.get("KAFKA_BOOTSTRAP_SERVERS") or "127.0.0.1:9092"
    parser.add_argument("--bootstrap", default=default, help="default: KAFKA_BOOTSTRAP_SERVERS")
    parser.add_argument("--replication-factor", type=int, default=3, help="copies of every partition (default 3)")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when anything differs")
    chosen = parser.parse_args(arguments)
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())  # what matters is said below, in one line
    try:
        access = KafkaAccess.told(os.environ, kafka_bootstrap_servers=chosen.bootstrap)
        return asyncio.run(_run(access, chosen.replication_factor, is_check=chosen.check))
    except ValidationError as wrong:
        print(f"topics: settings: {unfit(wrong)}", file=sys.stderr)
    except (TiepdanError, KafkaError) as failure:
        print(f"topics: {failure}", file=sys.stderr)
    return _CANNOT


async def _run(access: KafkaAccess, replication: int, *, is_check: bool) -> int:
    topics = wanted(replication)
    names, keys = [topic.name for topic in topics], topics[0].configs
    async with Cluster(access) as cluster:
        count = await cluster.broker_count()
        if count < replication:
            print(f"topics: {replication} copies need {replication} brokers, there are {count}", file=sys.stderr)
            return _CANNOT
        found = await cluster.found(names, keys)
        new = missing(topics, found)
        if new and not is_check:
            await cluster.create(new)
            for topic in new:
                print(f"created {topic.name}: {topic.partitions} partitions, {topic.replication} copies")
            found = await cluster.found(names, keys)
    odd = differences(topics, found)
    for line in odd:
        print(f"differs {line}")
    print(f"topics: {len(topics)} wanted, {0 if is_check else len(new)} created, {len(odd)} differences")
    return _DIFFERENT if odd and is_check else 0


if __name__ == "__main__":
    raise SystemExit(main())
