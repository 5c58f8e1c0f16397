"""The rivals that can be asked: which package and version, how it listens, how it is installed.

In: nothing. Out: `PACKAGES` (what is installed) and `KNOWN` (what can be asked; two rows may share
a package). Sources and traps of each: docs/benchmark-rivals.md.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from .curves import Kind

HEARERS: Final = Path(__file__).parent / "hearers"
PINS: Final = Path(__file__).parent / "pins"


@dataclass(frozen=True)
class Package:
    """A pinned package.

    Attributes:
        name: on its registry.
        version: exactly this one.
        home: node = from npm, python = from PyPI.
        integrity: sha512 of the npm package, as npm writes it; "" for Python, whose other packages
            are pinned in `pins/NAME.txt`.
    """

    name: str
    version: str
    home: Literal["node", "python"]
    integrity: str = ""

    @property
    def folder_name(self) -> str:
        return f"{self.name.replace('@', '').replace('/', '-')}-{self.version}"


@dataclass(frozen=True)
class Known:
    """A rival.

    Attributes:
        name: as in the tables.
        package: the name of its package.
        hearer: module of `hearers/`, with a variant after a colon.
        kind: live or offline.
        lookahead_ms: see `RivalCurves`.
        rate_hz: sample rate that it is given.
        cues: names of its shapes, where it answers in cues.
        timeout_per_s: seconds of patience for a second of sound.
    """

    name: str
    package: str
    hearer: str
    kind: Kind
    lookahead_ms: float | None
    rate_hz: int
    cues: tuple[str, ...] = ()
    timeout_per_s: float = 10.0


PACKAGES: Final = {
    package.name: package
    for package in (
        Package(
            "rhubarb-lip-sync-wasm",
            "0.1.8",
            "node",
            "sha512-H8MzzSxuweahDPA7X2zxW7a2apFe9VlJ9B9j+FTdSLvaYLWnki6Rpq0oGP1kZ6/"
            "S6FdySKO/1vTi2L71N9TrwA==",
        ),
        Package(
            "@met4citizen/headaudio",
            "0.1.0",
            "node",
            "sha512-94n+82/gYJ1kxisfEgAJcnx1fDbZjB/HDMCCXLh3QsNqJNZmOVzybgiJ5ctYEHlYdWkXS3je"
            "84do7wrHwzAlMQ==",
        ),
        Package(
            "wlipsync",
            "1.3.1",
            "node",
            "sha512-R7m2b7UkfpXxvQYxypIkJqtmgmgMXNZ/z3558u9S0rI0HoMhKusXz4tFdDSsct3eRoZg1WBa"
            "n6YfcawGxJqP1g==",
        ),
        Package(
            "wawa-lipsync",
            "0.0.2",
            "node",
            "sha512-aW4vKMOBRsv2RnPugzB0fF0ln1ni3kE3INks9xxeQ8+RnL6uZZzenzn/dwdwji8BBD8IboJB"
            "atFj/WkoyyYaew==",
        ),
        Package("pylipsync", "0.2.1", "python"),
        Package("openfacefx", "0.24.0", "python"),
    )
}

_BROWSER_HZ: Final = 48_000  # what browsers run their sound at

KNOWN: Final = {
    known.name: known
    for known in (
        Known(
            "rhubarb",
            "rhubarb-lip-sync-wasm",
            "rhubarb",
            "offline",
            None,
            16_000,
            tuple("ABCDEFGHX"),
            timeout_per_s=60.0,
        ),
        Known("headaudio", "@met4citizen/headaudio", "headaudio", "live", 0.0, _BROWSER_HZ),
        Known(
            "headaudio, repaired",
            "@met4citizen/headaudio",
            "headaudio:repaired",
            "live",
            0.0,
            _BROWSER_HZ,
        ),
        Known(
            "wlipsync",
            "wlipsync",
            f"wlipsync:{PINS / 'wlipsync-profile.bin'}",
            "live",
            0.0,
            _BROWSER_HZ,
        ),
        Known("wawa", "wawa-lipsync", "wawa", "live", 0.0, _BROWSER_HZ),
        Known("pylipsync", "pylipsync", "hear_pylipsync.py", "offline", 32.0, 16_000),
        Known("openfacefx energy", "openfacefx", "hear_openfacefx.py", "offline", None, 16_000),
    )
}
