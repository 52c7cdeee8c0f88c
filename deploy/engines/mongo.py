"""The MongoDB-wire engine: mongo-java-server on an H2 file. No transactions, no sessions, no change streams."""

from pathlib import Path
from typing import Any, ClassVar, Final

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from deploy.engines.folder import engine_folder, java
from deploy.engines.server import HOST, Server

VERSION: Final = "mongo-java-server 1.47.0 (wire 13)"
_ASK_MILLISECONDS: Final = 1_000
_HEAP: Final = ("-Xms64m", "-Xmx512m", "-XX:ActiveProcessorCount=2")


class MongoEngine(Server):
    """What it acknowledged survives the death of its process (not a loss of power); compare-and-set is atomic.

    A search by any declared key reads what it finds, not the collection: its index is made by the first search that
    needs it. Its file grows while it runs and is compacted at every start. Real MongoDB is reached by ``MONGODB_URI``.
    """

    name: ClassVar[str] = "mongo"
    settings: ClassVar[str] = "one node, H2 file, every answer after its commit"

    def __init__(self, data: Path, port: int) -> None:
        super().__init__(data, port)
        self.port: Final = port

    @property
    def uri(self) -> str:
        """For drivers; a single server, so no replica set is looked for."""
        return f"mongodb://{HOST}:{self.port}/?directConnection=true"

    def _answers(self) -> bool:
        client: MongoClient[dict[str, Any]] = MongoClient(
            self.uri, serverSelectionTimeoutMS=_ASK_MILLISECONDS, socketTimeoutMS=_ASK_MILLISECONDS
        )
        with client:
            try:
                return bool(client.admin.command("ping")["ok"])
            except PyMongoError:
                return False

    def _prepare(self) -> None:
        """Nothing: the engine makes its file."""

    def _command(self) -> list[str]:
        built = engine_folder("mongo")
        path = f"{built / 'classes'}:{built / 'jars'}/*"
        return [java(), *_HEAP, "-cp", path, "MongoEngine", str(self.port), str(self.data / "ledger.mv")]
