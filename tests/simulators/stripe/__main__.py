"""The command: ``python -m tests.simulators.stripe --port 8420 --webhook URL --webhook-secret whsec_…``."""

import argparse
import signal
import sys
from pathlib import Path

from tests.simulators.stripe.server import StripeFake, wait_forever


def main() -> None:
    """This function will start the fake on 127.0.0.1 and serve until it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulators.stripe", description=__doc__)
    parser.add_argument("--port", type=int, default=8420, help="port on 127.0.0.1, 0 for a free one (default: 8420)")
    parser.add_argument("--webhook", default="", metavar="URL", help="where events are delivered; none if left out")
    parser.add_argument("--webhook-secret", default="", metavar="whsec_…", help="what deliveries are signed with")
    parser.add_argument("--state", type=Path, metavar="FILE", help="JSON file that keeps customers over a restart")
    parser.add_argument("--public-url", default="", help="address of the hosted pages, if a browser sees another one")
    parser.add_argument("--verbose", action="store_true", help="print every request")
    given = parser.parse_args()
    if given.webhook and not given.webhook_secret:
        parser.error("--webhook needs --webhook-secret: an unsigned delivery would be refused")
    fake = StripeFake(
        port=given.port,
        webhook_url=given.webhook,
        webhook_secret=given.webhook_secret,
        state_file=given.state,
        public_url=given.public_url.rstrip("/"),
        quiet=not given.verbose,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sys.stdout.write(f"stripe fake ready on {fake.url}\n")
    sys.stdout.flush()
    wait_forever(fake)


if __name__ == "__main__":
    main()
