"""Real servers without containers: Apache Kafka, a MongoDB-wire engine and MinIO as processes of this machine.

    python -m deploy.engines build      fetch and build them once (make engines)
    python -m deploy.engines run        start all three, print their addresses, stop at Ctrl-C

``KafkaNode``, ``KafkaCluster``, ``MongoEngine``, ``MinioEngine``: start, stop, kill, freeze one server each. All listen
on loopback only, without passwords where the engine has none: for development, tests and drills, never for a province.
"""

from deploy.engines.folder import engine_folder, engines_folder, is_built
from deploy.engines.kafka import KafkaCluster, KafkaNode
from deploy.engines.minio import MinioEngine
from deploy.engines.mongo import MongoEngine
from deploy.engines.server import EngineFailed, Server, free_ports
from deploy.engines.standing import Standing

__all__ = [
    "EngineFailed",
    "KafkaCluster",
    "KafkaNode",
    "MinioEngine",
    "MongoEngine",
    "Server",
    "Standing",
    "engine_folder",
    "engines_folder",
    "free_ports",
    "is_built",
]
