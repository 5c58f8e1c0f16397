"""HTML from Python: what is not `Html` is escaped, so no name in a report can become markup.

In: texts, numbers and `Html`. Out: `Html`. Nothing here knows what is shown.

Conventions: attributes are keywords; `class_` → class, `data_at` → data-at; None and False leave
one out, True gives a bare one. A number that comes from a report carries the place it
was taken from.
"""

import json
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from typing import Final

_VOID: Final = frozenset({"circle", "img", "input", "line", "link", "meta", "path", "rect"})
_OPEN: Final = frozenset({"img", "input", "link", "meta"})  # HTML's own: no closing slash

Content = object  # Html, or anything whose text is shown
Attribute = str | int | float | bool | None


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def tag(name: str, /, *content: Content, **attributes: Attribute) -> Html:
    """One element."""
    told = "".join(_tell(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{name}{told}>" if name in _OPEN else f"<{name}{told}/>")
    return Html(f"<{name}{told}>{join(content)}</{name}>")


def join(content: Iterable[Content], between: str = "") -> Html:
    """Several after one another; None is left out."""
    return Html(
        escape(between).join(
            item if isinstance(item, Html) else escape(str(item), quote=False)
            for item in content
            if item is not None
        )
    )


def number(value: float, text: str, at: str) -> Html:
    """A number of the report: what is shown, the exact value, and where it stands in the file."""
    return tag("data", text, value=repr(float(value)), data_at=at)


def embed_json(value: object, name: str) -> Html:
    """Data for scripts; nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Html(f'<script type="application/json" id="{escape(name)}">{text}</script>')


def frame_page(title: str, body: Html, package: str, style: str, script: str) -> str:
    """A whole page that needs nothing else: style and script are files of `package`."""
    folder = files(package)
    css, js = (folder.joinpath(name).read_text(encoding="utf-8") for name in (style, script))
    head = (
        Html('<meta charset="utf-8">'),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", Html(css)),
    )
    parts = (tag("head", *head), tag("body", body, tag("script", Html(js))))
    return f"<!doctype html>\n{tag('html', *parts, lang='en')}\n"


def _tell(key: str, value: Attribute) -> str:
    name = key.rstrip("_").replace("_", "-") if key != "viewBox" else key
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    shown = f"{value:.6g}" if isinstance(value, float) else str(value)
    return f' {name}="{escape(shown)}"'
