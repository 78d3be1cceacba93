"""The page at `/explorer`: schema documentation, an editor with completion, and answers, in any browser and offline."""
