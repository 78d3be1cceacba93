"""What an operation costs, and what a client may spend: declared weights, prices of plans, leaky buckets."""
