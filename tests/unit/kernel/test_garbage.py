"""What a process keeps is put aside from the garbage collector."""

import gc
import weakref

from kernel.garbage import keep_what_started


class _Ring:
    """Refers to itself: only the collector ends it."""

    def __init__(self) -> None:
        self.itself = self


def test_what_is_kept_is_not_looked_through_and_what_comes_after_is() -> None:
    kept, gone = _Ring(), weakref.ref(_Ring())
    try:
        keep_what_started()
        assert gone() is None
        assert all(one is not kept for one in gc.get_objects())
        later = weakref.ref(_Ring())
        gc.collect()
        assert later() is None
    finally:
        gc.unfreeze()
