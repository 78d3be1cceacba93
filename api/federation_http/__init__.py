"""The social web's side of the gateway: WebFinger, NodeInfo, actors, posts, offerings, as documents and as pages."""
