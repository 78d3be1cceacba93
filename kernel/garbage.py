"""What a process keeps from its start to its end, put aside from what the garbage collector looks through."""

import gc


def keep_what_started() -> None:
    """Call it once a process has opened all it needs.

    CPython's collector goes through every object again and again for cycles: modules, tables and schemas are 300,000, which
    takes a tenth of a second and longer in which the process does nothing else (`gc.freeze`). They end with the process.
    """
    gc.collect()
    gc.freeze()
