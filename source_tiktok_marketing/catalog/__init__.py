"""What there is: every stream as a row (`streams.py`: start here), TikTok's words, and the schemas that follow.

Imports nothing else of the package, and not the CDK, so that docs, tests and people can use it alone.
"""
