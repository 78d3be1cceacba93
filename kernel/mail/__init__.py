"""Letters: how one is written so that nothing in it can become a header, and how it is handed to an SMTP server."""
