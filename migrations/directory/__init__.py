"""The history of the directory database's schema."""
