"""What the operations behind mutations need besides their transaction; made once per process."""

from dataclasses import dataclass

from federation.actors.keys import ActorKeys
from federation.remote.fetcher import Fetcher
from federation.signin.signing_in import SigningIn
from kernel.http import HttpClient
from tenants.data_keys import DataKeys
from tenants.signin.services import SignInServices


@dataclass(frozen=True, slots=True)
class Services(SignInServices):
    """What signs people in, what encrypts columns, what asks other servers (never inside a transaction), and where we are."""

    data_keys: DataKeys
    actor_keys: ActorKeys
    http: HttpClient
    fetcher: Fetcher
    signing_in: SigningIn
    public_url: str
