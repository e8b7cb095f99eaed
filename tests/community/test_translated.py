import pytest

from community.models import Region
from community.translated import Told, told


@pytest.mark.parametrize(
    ("names", "language", "expected"),
    [
        ({"name_pt": "Açores", "name_en": "Azores"}, "en", Told("Azores", "en", False)),
        ({"name_pt": "Açores", "name_en": "Azores"}, "pt", Told("Açores", "pt", False)),
        ({"name_pt": "Açores", "name_en": ""}, "en", Told("Açores", "pt", True)),
        ({"name_pt": None, "name_en": "Azores"}, "pt", Told("Azores", "en", True)),
        ({"name_pt": "", "name_en": None}, "pt", Told("", "pt", False)),
    ],
)
def test_a_missing_language_falls_back_to_the_other_and_says_so(names, language, expected):
    assert told(Region(**names), "name", language) == expected


def test_a_text_prints_as_itself_and_is_false_when_there_is_none():
    assert str(Told("Minho", "pt", False)) == "Minho"
    assert not Told("", "pt", False)
