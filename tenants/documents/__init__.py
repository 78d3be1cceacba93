"""Documents that an institution's clients publish, to ask for them by id later: trusted documents."""
