"""A `RosterSet` into the tables of one tenant: each file staged, matched with what is there, and written in bulk.

Every module here works inside the one transaction of `academic.oneroster.importing`. Nothing of it asks who may: an
import is the operator's.
"""
