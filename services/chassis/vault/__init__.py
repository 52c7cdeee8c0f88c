"""The vault: objects that are kept, versioned, and not deleted before their day.

``port``  what a vault promises   ``folder``  the embedded engine   ``s3_vault``  any S3 with object lock, by ``s3``
"""
