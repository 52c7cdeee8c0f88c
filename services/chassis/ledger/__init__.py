"""The ledger: one document per aggregate, its outbox inside, its history beside it.

``port``    what an engine must do, and the documents it keeps
``sqlite``  the embedded engine (a file, WAL)           ``mongo``  the real one (all driver imports)
``drawer``  what services use: typed state, decisions, facts sealed into the chain
``relay``   carries pending facts to the bus and into the history
"""
