"""What a service says about itself to its operators: never about a person.

``logs``    JSON lines with fixed event names and allow-listed fields       ``fields``  that list
``meters``  the one list of metrics, with closed label sets                 ``traces``  spans, from HTTP through the bus
"""

from services.chassis.telemetry.logs import configure_logs, fault_of, get_log
from services.chassis.telemetry.meters import Meters
from services.chassis.telemetry.traces import Traces, current_traceparent

__all__ = ["Meters", "Traces", "configure_logs", "current_traceparent", "fault_of", "get_log"]
