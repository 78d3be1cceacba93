"""Delivery: what activities go to which inboxes, host by host, until each arrived or was given up."""
