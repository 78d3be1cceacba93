"""What people are told of, in the app and by e-mail: out of the outbox, once, and as they wish."""
