"""The name server by itself: python -m tests.simulators.dns --port 5353 --zone zone.json"""

import argparse
import signal
import threading
from pathlib import Path

from tests.simulators.dns.server import NameServer
from tests.simulators.dns.zone import ZoneFile


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--port", type=int, required=True)
    words.add_argument("--zone", type=Path, required=True, help="a JSON file, read again whenever it changes")
    asked = words.parse_args()
    server = NameServer(ZoneFile(asked.zone).zone, port=asked.port)
    ends = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_given: ends.set())
    server.start()
    ends.wait()
    server.stop()


if __name__ == "__main__":
    main()
