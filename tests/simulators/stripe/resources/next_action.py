"""Where a cardholder is sent when the issuer wants to see them."""

import secrets

from tests.simulators.stripe.store import Store
from tests.simulators.stripe.wire import Obj


def client_secret(intent: Obj) -> str:
    """This function will make the secret a browser uses to speak of one intent."""
    return f"{intent['id']}_secret_{secrets.token_hex(12)}"


def next_action(store: Store, intent: Obj, *, return_url: str | None) -> Obj:
    """This function will send the cardholder to the 3-D Secure page, and back to ``return_url`` if there is one."""
    page = f"{store.public_url}/pay/3ds/{intent['id']}"
    intent["_return_url"] = return_url
    if return_url:
        return {"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": page}}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": page}}
