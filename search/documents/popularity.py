"""How popular something is said to be: in steps, so that one more of many does not make another document of it."""


def popularity_of(count: int) -> int:
    """0, 1, 2, 3, 4, 6, 8, 12, 16, 24 ...: the last of these that is not above the count."""
    if count < 4:
        return max(count, 0)
    power = 1 << (count.bit_length() - 1)
    half = power >> 1
    return power + half if count >= power + half else power
