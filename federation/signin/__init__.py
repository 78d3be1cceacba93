"""Signing in at the institution's own OpenID provider: OpenID Connect's authorization code flow with PKCE."""
