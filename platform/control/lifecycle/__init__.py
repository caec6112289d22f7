"""What becomes of a store after it opened: closed and resumed, exported, restored, archived, erased.

Owns the words export, manifest, archive and erasure.
"""
