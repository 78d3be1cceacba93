"""A token without the scope is refused before any SQL: one denial per field, with its path."""

from dataclasses import dataclass

from tenants.model import Forbidden


@dataclass(frozen=True, slots=True)
class Denial:
    """A field that the caller's scopes do not reach."""

    path: tuple[str, ...]
    type_name: str
    scope: str


class OperationDenied(Forbidden):
    """The operation asks for types that the caller's scopes do not reach; nothing of it was run."""

    def __init__(self, denials: list[Denial], *, is_signed_in: bool) -> None:
        super().__init__("the caller's scopes do not reach everything this operation asks for")
        self.denials = denials
        self.is_signed_in = is_signed_in
