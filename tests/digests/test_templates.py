"""Templates and subjects that users write, good and failing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monitor.digests.render import Rendered, Renderer
from monitor.model import ProblemKind
from tests import make
from tests.digests import samples

OURS = "sent by Wirewatch"


def with_templates(
    folder: Path, html: str | None = None, text: str | None = None, subject: str | None = None
) -> Rendered:
    """The morning's digest rendered with these templates, written to ``folder``."""
    folder.mkdir(exist_ok=True)
    for name, source in {"m.html": html, "m.txt": text}.items():
        if source is not None:
            (folder / name).write_text(source, "utf-8")
    wanted = folder / "m" if html is not None or text is not None else None
    options = samples.options(subject or "news", wanted)
    return Renderer().render(samples.morning(), options)


def test_a_users_templates_take_the_place_of_ours(tmp_path: Path) -> None:
    html = "<h1>{% for story in stories %}{{ story.title }}|{% endfor %}</h1>"
    text = "{{ digest.name }} {{ counts.feeds_read }}/{{ counts.feeds_total }} {{ subject }}"
    rendered = with_templates(tmp_path / "t", html, text)
    (message,) = rendered.messages
    assert rendered.complaints == ()
    assert "troop withdrawal from Niger|انقلاب" in message.html
    assert message.text == "morning 41/42 news"


def test_one_of_the_two_is_enough(tmp_path: Path) -> None:
    (message,) = with_templates(tmp_path / "t", text="mine").messages
    assert message.text == "mine"
    assert OURS in message.html


def test_a_users_html_is_escaped_too(tmp_path: Path) -> None:
    (tmp_path / "m.html").write_text("<p>{{ stories[0].title }}</p>")
    digest = make.digest(make.story(make.article("<script>x</script>")))
    (message,) = Renderer().render(digest, samples.options(template=tmp_path / "m")).messages
    assert "<script>" not in message.html
    assert "&lt;script&gt;" in message.html


def test_a_template_may_include_its_neighbours_and_build_on_ours(tmp_path: Path) -> None:
    (tmp_path / "foot.txt").write_text("by us")
    text = '{% include "wirewatch/digest.txt" %}{% include "foot.txt" %}'
    (message,) = with_templates(tmp_path, text=text).messages
    assert OURS in message.text
    assert message.text.endswith("by us")


@pytest.mark.parametrize("by", ["include", "extends"])
def test_a_template_that_builds_on_ours_gets_our_frame_and_not_a_file_of_that_name(
    by: str, tmp_path: Path
) -> None:
    (tmp_path / "frame.html").write_text("a picture frame")
    rendered = with_templates(tmp_path, f'{{% {by} "wirewatch/digest.html" %}}')
    assert rendered.complaints == ()
    assert OURS in rendered.messages[0].html
    assert "picture" not in rendered.messages[0].html


def test_styles_of_a_users_template_are_written_into_its_elements(tmp_path: Path) -> None:
    html = "<style>b{color:red}@media print{b{color:blue}}</style><b>{{ digest.name }}</b>"
    (message,) = with_templates(tmp_path, html).messages
    assert '<b style="color:red">morning</b>' in message.html.replace(": ", ":").replace(";", "")
    assert "@media print" in message.html


def test_a_changed_template_is_used_at_the_next_rendering(tmp_path: Path) -> None:
    renderer, options = Renderer(), samples.options(template=tmp_path / "m")
    texts = []
    for version in ("first", "the second"):
        (tmp_path / "m.txt").write_text(version)
        (message,) = renderer.render(make.digest(), options).messages
        texts.append(message.text)
    assert texts == ["first", "the second"]


FAILING = {
    "not closed": ("one\n{% for story in stories %}", "line 2"),
    "unknown name": ("one\ntwo\n{{ storys }}", "line 3: 'storys' is undefined"),
    "unknown field": ("{{ stories[0].headline }}", "line 1"),
    "unknown filter": ("{{ digest.name | shout }}", "shout"),
    "division": ("{% set x = 1 %}\n{{ x / 0 }}", "line 2: division by zero"),
    "missing include": ('{% include "nowhere.html" %}', 'no template "nowhere.html"'),
    "inside of python": ("{{ digest.__class__.__mro__ }}", "line 1"),
    "changing what it sees": ("{{ digest.parts.__setattr__('x', 1) }}", "line 1"),
    "many loops": (
        "{% for a in range(900) %}{% for b in range(900) %}x{% endfor %}{% endfor %}",
        "its loops go beyond",
    ),
    "a long range": ("{{ range(10 ** 9) | list | length }}", "its loops go beyond"),
    "a long text": ("{{ 'x' * 10 ** 9 }}", "repeated up to"),
    "a large power": ("{{ 9 ** 9 ** 9 }}", "a power this large"),
    "a wide format": ("{{ '%999999999d' % 1 }}", "cannot format"),
    "itself": ("{% macro a() %}{{ a() }}{% endmacro %}\n{{ a() }}", "without end"),
}


@pytest.mark.parametrize("fault", FAILING)
@pytest.mark.parametrize("ending", ["html", "text"])
def test_a_template_that_fails_never_stops_a_digest(
    fault: str, ending: str, tmp_path: Path
) -> None:
    source, said = FAILING[fault]
    rendered = with_templates(tmp_path / "t", **{ending: source})
    (message,) = rendered.messages
    assert OURS in message.html
    assert OURS in message.text
    (complaint,) = rendered.complaints
    assert complaint.startswith(f"t/m.{'txt' if ending == 'text' else 'html'}")
    assert complaint.endswith("; Wirewatch used its own")
    assert said in complaint
    problems = json.loads(message.json)["problems"]
    told = [each["message"] for each in problems if each["kind"] == ProblemKind.DIGEST.value]
    assert told == [complaint]


def test_a_template_too_large_for_any_message_gives_way_to_ours(tmp_path: Path) -> None:
    rendered = with_templates(tmp_path, "<p>" + "padding " * 20_000 + "</p>")
    assert OURS in rendered.messages[0].html
    assert "98 kB even with a single story" in rendered.complaints[0]


def test_a_template_file_that_is_missing_is_said(tmp_path: Path) -> None:
    options = samples.options(template=tmp_path / "evening")
    rendered = Renderer().render(samples.morning(), options)
    assert OURS in rendered.messages[0].html
    assert "neither evening.html nor evening.txt" in rendered.complaints[0]


def test_both_faults_of_two_templates_are_told(tmp_path: Path) -> None:
    rendered = with_templates(tmp_path, "{{ a }}", "{{ b }}", "{{ c }}")
    assert len(rendered.complaints) == 3
    assert rendered.messages[0].subject == "3 stories on your watch"


def test_a_complaint_that_is_known_already_is_not_told_twice() -> None:
    options = samples.options("{{ nothing }}")
    complaints = Renderer().render(make.digest(), options).complaints
    known = make.problem("; ".join(complaints), kind=ProblemKind.DIGEST, name="morning")
    (message,) = Renderer().render(make.digest(problems=(known,)), options).messages
    (problem,) = json.loads(message.json)["problems"]
    assert problem["since"] == "2024-05-18T05:00:00Z"


# --- subjects ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "line"),
    [
        ("{{ stories|length }} on {{ digest.name }}", "3 on morning"),
        ("{{ digest.composed_at.strftime('%H:%M') }} news", "07:00 news"),
        ("plain & <simple>", "plain & <simple>"),
        ("two\nlines\t{{ '\\r\\n' }}here", "two lines here"),
    ],
)
def test_a_subject_is_a_template_and_one_line(subject: str, line: str, tmp_path: Path) -> None:
    rendered = with_templates(tmp_path, subject=subject)
    assert rendered.messages[0].subject == line
    assert rendered.complaints == ()


@pytest.mark.parametrize("subject", ["{{ nothing }}", "{{ stories", "{{ '' }}", "  \n "])
def test_a_subject_that_fails_is_replaced_and_said(subject: str, tmp_path: Path) -> None:
    rendered = with_templates(tmp_path, subject=subject)
    assert rendered.messages[0].subject == "3 stories on your watch"
    assert rendered.complaints[0].startswith("subject: ")


def test_a_very_long_subject_is_cut(tmp_path: Path) -> None:
    rendered = with_templates(tmp_path, subject="word " * 400)
    assert len(rendered.messages[0].subject) <= 200
