"""Writing into the demo's name server, as a merchant writes at the domain's registrar."""

import json
import os

from config.demo import environment


def write_txt(name: str, value: str) -> None:
    """Let a name have one TXT record, or none when the value is empty; the server reads its file when it changes."""
    known = json.loads(environment.ZONE.read_text()) if environment.ZONE.exists() else {"records": {}, "faults": {}}
    records = known["records"].setdefault(name.lower().rstrip("."), {})
    records["TXT"] = [value] if value else []
    if not value:
        del records["TXT"]
    fresh = environment.ZONE.with_suffix(".new")
    fresh.write_text(json.dumps(known, ensure_ascii=False, indent=2))
    os.replace(fresh, environment.ZONE)
