"""Payment companies behind one protocol: whoever holds keys of theirs may be paid through them.

Nothing here knows an order, a store or an invoice: credentials are passed in, amounts are integer minor units, and
every adapter answers in the same words (``words.py``). Call them outside any transaction.

- ``Unreachable``: no answer, or none to trust. It may have happened; ask again with the same key.
- ``Rejected``: a clear no.
- ``BadNotice``: a notice that is forged, old, broken, or meant for somebody else; nothing of it may be kept.

wechat.py, alipay.py and stripe_cards.py speak to the companies; bills.py reads their daily statements; keys.py checks
what an owner pasted.
"""
