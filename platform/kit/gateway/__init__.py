"""The one door to Stripe: cards saved, charged and refunded, and its webhooks believed.

Nothing of the ``stripe`` package leaves this folder: callers get frozen dataclasses and three kinds of trouble.

- ``GatewayUnknown``: no answer, or none to trust. It may have happened. Ask again with the same key, or look it up;
  never treat it as failed.
- ``GatewayRefused``: a clear no from the card or from Stripe's rules.
- ``GatewayMisuse``: our own mistake; let it be reported.

cards.py saves and charges cards, refunds.py gives back, webhooks.py checks what Stripe tells us, declines.py says
what a decline means, disputes.py answers a cardholder's bank, balance.py reads what moved, client.py speaks to Stripe.
"""
