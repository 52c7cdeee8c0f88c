"""The ledger: one document per aggregate, its outbox inside, its history beside it.

``port``    what an engine must do, and the documents it keeps
``portable``  what no engine accepts, because another could not keep it
``sqlite``  the embedded engine, on ``sqlite_file`` (one writer with group commit, many readers) and ``sqlite_rows``
``drawer``  what services use: typed state, decisions, facts sealed into the chain
``relay``   carries pending facts to the bus and into the history
"""
