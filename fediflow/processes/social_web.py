"""What a process's own institutions publish, for the process itself: it never asks them by HTTP."""

from federation.actors.keys import ActorKeys
from federation.objects.asking import DoorAsking
from federation.objects.own import OwnPlatform
from federation.objects.published import Published
from fediflow.processes.services import key_encryption
from kernel.settings import Settings
from tenants.data_keys import DataKeys
from tenants.directory import Directory
from tenants.door import Door


def own_platform(directory: Directory, door: Door, settings: Settings) -> OwnPlatform:
    """Documents and handles of this platform's own institutions."""
    return OwnPlatform(directory, published_here(door, settings))


def published_here(door: Door, settings: Settings) -> Published:
    """What the institutions behind a door publish."""
    keys = ActorKeys(door, DataKeys(key_encryption(settings)))
    return Published(DoorAsking(door), door, keys, settings.public_url)
