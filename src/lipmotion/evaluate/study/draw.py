"""The page of a study: it knows films by their codes alone."""

from ..page.html import embed_json, frame_page, join, tag


def draw_study(study: str, plan: list[list[tuple[str, str, str]]]) -> str:
    """The page: it knows codes only."""
    choose = [
        tag("div", tag("video", muted=True, playsinline=True, preload="auto", data_side=side,
                       aria_label=f"{word} film"),
            tag("button", f"{word} ", tag("kbd", arrow), type="button", data_choose=side,
                disabled=True), class_="side")
        for side, word, arrow in (("left", "Left", "←"), ("right", "Right", "→"))
    ]  # fmt: skip
    number = tag("input", type="number", id="viewer", min=1, max=len(plan), inputmode="numeric")
    intro = tag(
        "section", tag("h1", "Which lips fit better?"),
        tag("p", "Above you see and hear a person. Below, two films show the same sentence without "
            "sound. Choose the one whose lips move more like the person's. If you cannot tell, "
            "choose what you feel; now and then one of them is plainly wrong."),
        tag("p", "Please use loudspeakers or headphones. Nothing is sent anywhere: your answers "
            "stay in this browser until you save them at the end. You may stop and go on later."),
        tag("p", tag("label", "Viewer number, if you were given one ", number)),
        tag("button", "Begin", type="button", id="begin", class_="main"), id="intro",
    )  # fmt: skip
    trial = tag(
        "section",
        tag("p", tag("progress", id="progress", max=1, value=0), tag("span", id="count")),
        tag("div", tag("video", playsinline=True, preload="auto", data_side="reference",
                       aria_label="The person's film"), class_="person"),
        tag("p", "Whose lips move more like the person's?", class_="ask"),
        tag("div", *choose, class_="sides"),
        tag("p", tag("button", "Play again ", tag("kbd", "space"), type="button", id="again")),
        tag("p", id="told", role="status"), id="trial", hidden=True,
    )  # fmt: skip
    end = tag(
        "section", tag("h1", "Thank you"),
        tag("p", "Save your answers and send the file to whoever asked you."),
        tag("p", tag("a", "Save answers", id="save", class_="button main")),
        tag("p", tag("label", "Or copy them from here", tag("textarea", id="text", readonly=True,
            rows=6))),
        tag("p", tag("button", "Begin anew with another viewer", type="button", id="anew")),
        id="end", hidden=True,
    )  # fmt: skip
    data = embed_json({"study": study, "plan": plan}, "study")
    body = join([tag("main", intro, trial, end), data])
    return frame_page("Which lips fit better?", body, __package__, "study.css", "study.js")
