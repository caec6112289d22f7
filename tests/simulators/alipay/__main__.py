"""The command: ``python -m tests.simulators.alipay --port 8430 --state FILE``."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from tests.simulators.alipay.server import Alipay


def main() -> None:
    """Serve on 127.0.0.1 until told to stop, delivering notices by itself."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulators.alipay", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1, 0 for a free one")
    parser.add_argument("--state", type=Path, metavar="FILE", help="JSON file that keeps accounts and trades")
    parser.add_argument("--clock-file", type=Path, metavar="FILE", help="file with the seconds the clock is moved by")
    given = parser.parse_args()
    company = Alipay(port=given.port, is_telling=True, state=given.state, clock_file=given.clock_file)
    company.start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sys.stdout.write(f"alipay ready on {company.url}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
