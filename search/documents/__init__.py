"""Documents out of the database: what is said of each row, and who may find it."""
