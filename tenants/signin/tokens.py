"""The text of the tokens that are rows: which tenant, which row, and a secret nobody keeps."""

import re
from dataclasses import dataclass
from enum import StrEnum

from kernel.crypto.secret_texts import SECRET_PATTERN, digest, new_secret
from kernel.ids import MAX_BIGINT


class TokenKind(StrEnum):
    """What a token is for; its text starts so."""

    PERSONAL = "ff"
    REFRESH = "ffr"


@dataclass(frozen=True, slots=True)
class Token:
    """A token taken apart. Its digest covers all of the text, so a secret fits one row of one tenant only."""

    kind: TokenKind
    tenant_slug: str
    id: int
    digest: str


# A slug has no underscore, so the parts cannot be mixed up.
_TOKEN = re.compile(
    rf"(ffr?)_([a-z][a-z0-9-]{{1,38}}[a-z0-9])_([1-9][0-9]{{0,18}})_{SECRET_PATTERN}", re.ASCII
)
_LONGEST = 128


def new_token(kind: TokenKind, tenant_slug: str, token_id: int) -> tuple[str, Token]:
    """A new token: the text, shown once, and what is kept of it."""
    text = f"{kind.value}_{tenant_slug}_{token_id}_{new_secret()}"
    return text, Token(kind, tenant_slug, token_id, digest(text))


def parse_token(text: str) -> Token | None:
    """The token that `text` spells, None when it spells none."""
    match = _TOKEN.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None or int(match[3]) > MAX_BIGINT:
        return None
    return Token(TokenKind(match[1]), match[2], int(match[3]), digest(text))
