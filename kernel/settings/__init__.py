"""Settings: one frozen object, read once at start from `FEDIFLOW_*` and an optional TOML file, and passed down."""

from kernel.settings.effective import SettingRow, effective
from kernel.settings.loading import InvalidSettings, load_settings
from kernel.settings.model import (
    Environment,
    HttpStatuses,
    LogFormat,
    LogLevel,
    MissingSetting,
    SearchEngine,
    Settings,
)
from kernel.settings.secret import Secret

__all__ = [
    "Environment",
    "HttpStatuses",
    "InvalidSettings",
    "LogFormat",
    "LogLevel",
    "MissingSetting",
    "SearchEngine",
    "Secret",
    "SettingRow",
    "Settings",
    "effective",
    "load_settings",
]
