"""Search and suggestions as clients ask for them."""
