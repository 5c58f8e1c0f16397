"""Python in README and docs runs as written; what they link to exists."""

import re
import textwrap
from pathlib import Path

import numpy as np
import pytest
import soundfile

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
SNIPPETS = [
    pytest.param(text, id=f"{page.name}-{n}")
    for page in PAGES
    for n, text in enumerate(re.findall(r" *```python\n(.*?)```", page.read_text("utf-8"), re.S))
]


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_snippet_runs(snippet: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = 0.1 * np.sin(np.arange(8000) / 20) * np.sin(np.arange(8000) / 800)
    for name in ("my.wav", "speech.wav"):
        soundfile.write(tmp_path / name, sound, 16_000)
    monkeypatch.chdir(tmp_path)
    exec(compile(textwrap.dedent(snippet), "snippet", "exec"), {})


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [t for t in local if not (page.parent / t).exists()] == []
