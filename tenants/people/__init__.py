"""The people of an institution: who they are, how they are reached, what they may do."""
