from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.richtext import render_markdown

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=https://example.org></iframe>",
    '<a href="#" onclick="alert(1)">x</a>',
    "<style>body{display:none}</style>",
    "<math><mtext></math><img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A&#x61&#x6C&#x65&#x72&#x74(1))",
    "[x](vbscript:msgbox)",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](file:///etc/passwd)",
    "![x](https://example.org/pixel.png)",
    "![x](javascript:alert(1))",
    "<javascript:alert(1)>",
    '[x](https://example.org "onmouseover=alert(1)")',
    '[x](https://example.org/"onmouseover="alert(1))',
    "[x]: javascript:alert(1)\n\n[x]",
    "```<script>alert(1)</script>\n```",
    "<!-- --><form action=https://example.org><input name=password></form>",
]
MAY_STAND = {
    "p",
    "br",
    "strong",
    "em",
    "ul",
    "ol",
    "li",
    "a",
    "blockquote",
    "code",
    "pre",
    "hr",
    "h3",
    "h4",
    "h5",
    "h6",
}


class Markup(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]


def _is_harmless(html: str) -> bool:
    markup = Markup(html)
    return markup.tags <= MAY_STAND and all(
        (tag, name) in {("a", "rel"), ("a", "title"), ("ol", "start")}
        or ((tag, name) == ("a", "href") and not re.match(r"(?!https?:|mailto:)[a-z][a-z0-9+.-]*:", value or "", re.I))
        for tag, name, value in markup.attributes
    )


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_markdown_makes_html_that_runs_frames_or_loads(attack):
    assert _is_harmless(render_markdown(attack))


@given(st.text(alphabet="<>[]()!&#;:/\\\"'`*_ \njavscriptonerdtim=1x", max_size=120))
def test_nor_does_any_text_at_all(text):
    assert _is_harmless(render_markdown(text))


def test_the_yardstick_itself_finds_harm():
    assert not _is_harmless("<script></script>")
    assert not _is_harmless('<a href="javascript:x">x</a>')
    assert not _is_harmless('<p onclick="x">x</p>')


def test_headings_stand_below_those_of_the_page():
    assert render_markdown("# Um\n\n## Dois\n\n### Três") == "<h3>Um</h3>\n<h3>Dois</h3>\n<h4>Três</h4>\n"


def test_a_link_lends_its_target_no_weight_and_no_window():
    assert render_markdown("[Fado](https://example.org/)") == (
        '<p><a href="https://example.org/" rel="nofollow ugc noopener">Fado</a></p>\n'
    )


def test_lists_emphasis_and_lines_are_kept():
    assert render_markdown("**Olá** *tu*\nlinha\n\n- um\n- dois") == (
        "<p><strong>Olá</strong> <em>tu</em><br>\nlinha</p>\n<ul>\n<li>um</li>\n<li>dois</li>\n</ul>\n"
    )
