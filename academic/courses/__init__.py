"""What is taught: courses, their offerings in a term, and the sections of an offering."""
