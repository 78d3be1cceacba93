"""Other servers as the whole platform knows them."""
