"""What a person is called at home and abroad: linked, proved, found, and decided where two claim the same.

`model` reads each kind of identity, `linking` changes, `finding` looks up, `conflicts` decides, `proofs` proves who controls
a remote actor. No two people are ever merged silently: a clash is a case for an administrator.
"""
