"""What the operator sees of a running process: log lines and figures, neither with a person's data in it."""

from kernel.telemetry.logs import configure_logging
from kernel.telemetry.metrics import Metrics

__all__ = ["Metrics", "configure_logging"]
