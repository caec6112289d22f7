"""Reading the sign-up chains (接龙) that neighbours write into a WeChat group.

Nothing here guesses: what a row says beyond doubt is read, and every other piece of it is handed back with a question.
"""
