"""Other institutions and the open social web: identities, agreements, ActivityPub. Its rooms are not built yet."""
