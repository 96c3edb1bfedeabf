"""Recordings and saved pages into records: what is read, what became of it, and how far it went.

recordings, folders, lists   an input   -> Steps, one at a time, from a position on      (I/O)
digest                       pages      -> records in the store, and what was refused    (I/O)
ledger                       positions, counts and refusals, so that an input goes on where it was left
"""
