"""What of ours others may fetch: actors, posts, collections, offerings, found and written as documents."""
