"""Every filter and order that the schema offers, in an institution of a million enrollments."""
