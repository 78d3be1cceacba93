"""Letters about notifications: who gets which, what it says and in which language, and that it is sent once."""
