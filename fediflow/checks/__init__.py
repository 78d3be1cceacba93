"""What `./dev check` asks beyond formatting and types: the schema's promises and the catalogue of a fresh database."""
