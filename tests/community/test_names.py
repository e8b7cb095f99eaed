from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from community.contacts import contacts_in
from community.names import clean_name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Inês   da\u00a0Conceição ", "Inês da Conceição"),
        ("Ine\u0302s", "Inês"),
        ("N’Dala wa Ngola", "N’Dala wa Ngola"),
        ("Zé 2.º", "Zé 2.º"),
        ("李小龍", "李小龍"),
    ],
)
def test_a_name_is_kept_as_it_was_meant(typed: str, kept: str):
    assert clean_name(typed) == kept


@pytest.mark.parametrize(
    "typed",
    ["An\x07a", "Ana\u202egnitekraM", "An\u200ba", "\u3164", "Ana\u3164", "\u2800", "\u00ad\u00adAna",
     "Ana\ufe0f", "\ue000", "\ufeffAna"],
    ids=ascii,
)  # fmt: skip
def test_a_name_with_something_invisible_in_it_is_refused(typed: str):
    with pytest.raises(ValidationError) as refusal:
        clean_name(typed)
    assert refusal.value.code == "unseen"


@pytest.mark.parametrize(("typed", "code"), [("...", "no_letter"), ("🙂", "no_letter"), ("a" + "\u0335" * 9, "piled")])
def test_a_name_that_nobody_can_read_is_refused(typed: str, code: str):
    with pytest.raises(ValidationError) as refusal:
        clean_name(typed)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Liga-me: 07700 900123", "07700 900123"),
        ("WhatsApp +44 (0)7700 900 123!", "+44 (0)7700 900 123"),
        ("ou +351 912 345 678", "+351 912 345 678"),
        ("escreve a ana@example.org", "ana@example.org"),
        ("ana (at) example.org", "ana (at) example.org"),
        ("instagram.com/ana.faz.broas", "instagram.com/ana.faz.broas"),
        ("segue-me em @ana.faz.broas", "@ana.faz.broas"),
        ("I live at 12 Lansdowne Way", "12 Lansdowne Way"),
        ("Moro na SW8 2LF", "SW8 2LF"),
    ],
)
def test_ways_to_reach_someone_are_found_in_a_text(text: str, found: str):
    assert [contact.text for contact in contacts_in(text)] == [found]


@pytest.mark.parametrize(
    "text",
    ["", "Cheguei em 1999 com 2 malas.", "Faço broas desde 2004, aos sábados das 10 às 12.",
     "Fado, 25 de Abril de 1974", "Moro em SW8", "50 anos, 3 filhos e 1 gato"],
)  # fmt: skip
def test_a_text_without_them_is_left_in_peace(text: str):
    assert contacts_in(text) == []
