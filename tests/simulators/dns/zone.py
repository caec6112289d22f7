"""What the name server knows, and how it misbehaves; kept in memory, or in a JSON file that is read when it changes."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Fault = Literal["servfail", "refused", "silence", "wrong_id", "garbage", "truncated", "empty"]
Records = dict[str, dict[str, list[str]]]


@dataclass
class Zone:
    """Records by name and type, faults by name; "*" is a fault of every name."""

    records: Records = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)

    def put(self, name: str, kind: str, *values: str) -> None:
        """Set the records of a name; no values takes them away."""
        of_name = self.records.setdefault(name.lower(), {})
        of_name[kind] = list(values)
        if not values:
            del of_name[kind]
        if not of_name:
            del self.records[name.lower()]

    def fault_of(self, name: str) -> Fault | None:
        return self.faults.get(name) or self.faults.get("*")


class ZoneFile:
    """A zone in a file: {"records": {"shop.example.com": {"TXT": ["…"]}}, "faults": {"…": "servfail"}}."""

    def __init__(self, path: Path) -> None:
        self.path, self._read_at, self._zone = path, -1, Zone()

    def zone(self) -> Zone:
        """Return the zone as the file says now; a file that is being written keeps the one before."""
        try:
            changed = self.path.stat().st_mtime_ns
            if changed != self._read_at:
                written = json.loads(self.path.read_text())
                self._zone = Zone(records=written.get("records", {}), faults=written.get("faults", {}))
                self._read_at = changed
        except (FileNotFoundError, ValueError):
            pass
        return self._zone


def write_record(path: Path, name: str, kind: str, values: list[str]) -> None:
    """Set the records of a name in a zone's file."""
    zone = ZoneFile(path).zone()
    zone.put(name, kind, *values)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"records": zone.records, "faults": zone.faults}, ensure_ascii=False, indent=2))
    os.replace(fresh, path)
