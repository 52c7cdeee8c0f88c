"""What is promised to every reader: JSON Schema per fact, an AsyncAPI document, and the lock of all promises.

``documents``  writes schemas out of the models
``asyncapi``   writes the one document a stranger needs to subscribe
``promises``   what a schema promises, line by line, and which changes break a promise
``release``    generate, compare, refuse
"""
