"""Finding courses, offerings, org units, people and posts by words, place and facets: one interface, two engines."""
