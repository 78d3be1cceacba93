"""What reading gives: frozen values, apart from the reading so that models may import them alone."""
