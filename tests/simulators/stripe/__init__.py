"""A Stripe of our own, for the demo, the tests and the continuous build.

It speaks Stripe's wire protocol over HTTP, keeps state and signs its webhooks, so the product talks to it with the
official client and cannot tell the difference. It imports nothing of the product. What each file is for:

    server.py       sockets and headers: who asks, for what, with which key
    api.py          one API request: check the parameters, replay or run it, expand the answer
    control.py      what only the fake has: clock, faults, webhook mischief, disputes (under /_control)
    hosted.py       the pages a cardholder sees: checkout and 3-D Secure; pages.py draws them
    resources/      one file per Stripe resource
    store.py        objects, events, saved answers; clock.py the time; webhooks.py the deliveries
    params.py       refuses parameters the official client does not declare
    cards.py        Stripe's documented test cards; wire.py forms and errors
"""
