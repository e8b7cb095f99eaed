"""Every form is drawn alike: a name, what helps, the field, what is wrong, tied together for those who do not see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django import forms
from django.utils import translation


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


class Sample(forms.Form):
    """A field of each kind that pages use, each with something to help and something wrong."""

    name = forms.CharField(help_text="As on the door")
    story = forms.CharField(widget=forms.Textarea, help_text="In your words")
    town = forms.ChoiceField(choices=[("", "—"), ("lx", "Lisboa")], help_text="Where from")
    agrees = forms.BooleanField(help_text="So that we may")
    when = forms.ChoiceField(choices=[("am", "Morning"), ("pm", "Evening")], widget=forms.RadioSelect, help_text="One")
    speaks = forms.MultipleChoiceField(
        choices=[("pt", "Portuguese"), ("kea", "Kriolu")], widget=forms.CheckboxSelectMultiple, help_text="Any"
    )
    portrait = forms.FileField(help_text="A picture")


class Elements(HTMLParser):
    """Every element of a piece of HTML: its tag and its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("name", Sample.base_fields)
def test_a_field_says_its_name_what_helps_and_what_is_wrong(name: str):
    field = Sample({})[name]
    elements = Elements(str(field.as_field_group())).found
    inputs = [attrs for tag, attrs in elements if tag in {"input", "select", "textarea"}]
    described = [attrs for tag, attrs in elements if attrs.get("aria-describedby")]
    ids = {attrs["id"] for _, attrs in elements if "id" in attrs}

    assert {attrs["id"] for attrs in inputs} == {attrs["for"] for tag, attrs in elements if tag == "label"}
    assert {attrs["aria-invalid"] for attrs in inputs} == {"true"}
    assert [attrs["aria-describedby"] for attrs in described] == [f"id_{name}_helptext id_{name}_error"]
    assert {f"id_{name}_helptext", f"id_{name}_error"} <= ids


@pytest.mark.parametrize("name", ["when", "speaks"])
def test_choices_stand_in_a_group_with_a_name(name: str):
    html = " ".join(Sample()[name].as_field_group().split())

    assert re.search(
        rf'<fieldset class="field" aria-describedby="id_{name}_helptext"> <legend>{name.title()} ?</legend>', html
    )


def test_a_form_says_what_is_wrong_with_the_whole_first():
    form = Sample({"name": "Ana"})
    form.add_error(None, "We are closed.")

    assert str(form).index("We are closed.") < str(form).index("This field is required.")


def test_what_may_be_left_out_says_so():
    class Letter(forms.Form):
        words = forms.CharField()
        greeting = forms.CharField(required=False)

    assert re.findall(r"<label[^>]*>(\w+)(?: <span[^>]*>(.*?)</span>)?", str(Letter())) == [
        ("Words", ""),
        ("Greeting", "(optional)"),
    ]
