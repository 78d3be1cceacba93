"""What institutions and people say about search: synonyms, pinned results, saved searches."""
