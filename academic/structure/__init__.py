"""What an institution is made of: the tree of org units, and the calendar of nested academic sessions."""
