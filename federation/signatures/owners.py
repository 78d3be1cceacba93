"""Whose key it is."""


def key_may_act_for(key_owner: str | None, actor: str | None) -> bool:
    """Whether the owner that a key's document names is the very actor of an activity: the same text, not a like one.

    Two addresses that differ in case, port or a slash may be two actors on the server that made them.
    """
    return bool(key_owner) and key_owner == actor
