"""How a service is put together, started and stopped: the same for all five.

Start: open ledger and vault → HTTP up (not ready) → wait for the bus, then relay, consumers, loops → ready.
Stop: not ready → wait for the balancer → close HTTP → consumers after their batch → loops → drain the outbox → close
drawers → flush telemetry; all inside ``stop_grace_seconds``.

``chassis``  what a service is built from       ``life``   start and stop in the right order
``loops``    work done again and again          ``serve``  one process, one port, exit codes
``engines``  which engines the settings choose  ``kafka``  the service's mouth and ear on the bus
"""

from services.chassis.lifecycle.chassis import Chassis
from services.chassis.lifecycle.loops import Loop
from services.chassis.lifecycle.mouth_and_ear import DeafAndMute, MouthAndEar
from services.chassis.lifecycle.serve import main, run

__all__ = ["Chassis", "DeafAndMute", "Loop", "MouthAndEar", "main", "run"]
