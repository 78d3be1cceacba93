"""The settings as they may be printed."""

from dataclasses import dataclass, fields

from kernel.database.addresses import Address
from kernel.settings.loading import PREFIX
from kernel.settings.model import Settings
from kernel.settings.parsing import masked_url
from kernel.settings.secret import MASK, Secret

_URLS = ("redis_url", "smtp_url", "opensearch_url")


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting; `value` is empty where there is none."""

    key: str
    value: str
    is_default: bool


def effective(settings: Settings) -> list[SettingRow]:
    """Every setting with its value in force; secrets are masked, of the URLs of Redis, OpenSearch and the mail server only their credentials."""
    rows = []
    for field in fields(settings):
        value = getattr(settings, field.name)
        shown = masked_url(value.reveal()) if field.name in _URLS and value else _shown(value)
        rows.append(SettingRow(PREFIX + field.name.upper(), shown, value == field.default))
    return rows


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case Secret():
            return MASK
        case bool():
            return str(value).lower()
        case tuple():
            return ", ".join(_shown(one) for one in value)
        case Address() if value.is_socket:
            return f"postgresql:///{value.database}?host={value.host}&port={value.port}"
        case Address():
            return f"postgresql://{value}"
        case _:
            return str(value)
