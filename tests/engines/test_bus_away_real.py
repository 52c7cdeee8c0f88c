"""Apache Kafka killed with -9 while petitions are filed, and started again on its data."""

from pathlib import Path

from tests.engines.real_house import ground
from tests.engines.s3_address import S3Address
from tests.journeys.bus_away import file_while_the_bus_is_away


async def test_filing_goes_on_while_kafka_is_away_and_what_was_filed_flows_when_it_is_back(
    mongodb: str, s3: S3Address, tmp_path: Path
) -> None:
    with ground(mongodb, s3) as found:
        await file_while_the_bus_is_away(tmp_path / "data", found.make)
