"""The tenant's own fields on people, org units, courses and offerings: declared once, checked on every write."""
