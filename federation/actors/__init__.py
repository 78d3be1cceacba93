"""Actors: who they are, the keys they sign with, how people join and leave, how groups come to be."""
