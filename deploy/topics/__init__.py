"""Topics of a real Kafka, from ``contracts.streams``: made where they are missing, compared where they are there.

    python -m deploy.topics [--bootstrap HOST:PORT,…] [--replication-factor 3] [--check]

TLS and users come from ``KAFKA_SECURITY_PROTOCOL`` and its neighbours, as for the services (``bus/access.py``).
Safe to run again: it creates, and never changes or deletes. Differences are for a person to decide about.
"""

from deploy.topics.cluster import Cluster
from deploy.topics.plan import Found, Topic, differences, wanted

__all__ = ["Cluster", "Found", "Topic", "differences", "wanted"]
