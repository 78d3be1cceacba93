"""What happened, told once to everyone who must know: rows written with the change, numbered after the commit."""
