"""What processes and commands need beside the databases: Redis, and what signs people in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncEngine

from api.searching.cursors import Cursors
from kernel.cache import Cache
from kernel.crypto.key_encryption import KeyEncryptionKeys, key_encryption_keys
from kernel.crypto.passwords import Passwords
from kernel.crypto.signing import KeyRing, key_ring, new_seed
from kernel.settings import Secret, Settings
from tenants.signin.access_tokens import AccessTokens
from tenants.signin.limits import SignInLimits
from tenants.signin.revocations import Revocations
from tenants.signin.services import SignInServices


@contextmanager
def sign_in_services(settings: Settings, directory: AsyncEngine, cache: Cache) -> Iterator[SignInServices]:
    """What signs people in and out."""
    passwords = Passwords()
    try:
        yield SignInServices(
            passwords,
            SignInLimits(cache),
            AccessTokens(_keys(settings), issuer=settings.public_url),
            Revocations(directory, cache),
        )
    finally:
        passwords.close()


def open_cache(settings: Settings) -> Cache:
    """The installation's Redis, or none; nothing is connected yet."""
    certificate = settings.redis_tls_root_cert
    return Cache.connect(
        settings.redis_url.reveal() if settings.redis_url else None,
        ca_file=str(certificate) if certificate else None,
    )


def answers_cache(settings: Settings, cache: Cache) -> Cache:
    """Where answers of the public catalogue are kept: the same Redis, or none."""
    return cache if settings.response_cache else Cache(None)


def cursors(settings: Settings) -> Cursors:
    """What seals the cursors of searches: they end with the key that signs, and are the same in all processes that share it."""
    return Cursors(with_signing_key(settings).signing_key[0].reveal().encode())


def with_signing_key(settings: Settings) -> Settings:
    """The settings with a key to sign access tokens; where none is set, one that lasts as long as the process."""
    return settings if settings.signing_key else replace(settings, signing_key=(Secret(new_seed()),))


def key_encryption(settings: Settings) -> KeyEncryptionKeys:
    """What wraps the keys of encrypted columns; without a key, encrypting says which setting is missing."""
    return key_encryption_keys(key.reveal() for key in settings.key_encryption_keys)


def _keys(settings: Settings) -> KeyRing:
    return key_ring(*(key.reveal() for key in with_signing_key(settings).signing_key))
