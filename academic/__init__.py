"""The academic domain: terms, courses, offerings, sections, and people's enrollments in them."""
