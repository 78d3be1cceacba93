"""Who is asking, of which institution, and the only door to that institution's rows."""
