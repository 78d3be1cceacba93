"""What must be kept from others: passwords, signing keys, and the secrets that tokens carry."""
