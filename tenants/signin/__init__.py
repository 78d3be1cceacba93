"""Who somebody is: passwords, sessions, tokens of three kinds, and taking all of it back."""
