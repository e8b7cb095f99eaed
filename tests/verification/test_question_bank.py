"""The questions of cultural knowledge are data that people add to: what each of them has to keep to."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from community.taxonomy import REGIONS

FOLDER = Path(__file__).parents[2] / "verification" / "questions"
NATIONS = {
    "portugal": "pt",
    "brasil": "br",
    "angola": "ao",
    "mocambique": "mz",
    "cabo-verde": "cv",
    "guine-bissau": "gw",
    "sao-tome-e-principe": "st",
    "timor-leste": "tl",
}
THEMES = {"food", "language", "music", "childhood", "places", "celebrations", "everyday", "sport", "letters"}
LANGUAGES = ("pt", "en")
SMALL_WORDS = set(
    re.findall(
        r"\w+", "como onde para pela pelo quando quem from someone that their they what when where which with your"
    )
)
BANK = {path.stem: tomllib.loads(path.read_text())["question"] for path in sorted(FOLDER.glob("*.toml"))}
ALL = [question for questions in BANK.values() for question in questions]

in_each_language = pytest.mark.parametrize("language", LANGUAGES)


def options(question, language):
    """The four answers in one language, the right one first."""
    return [option[language] for option in (question["right"], *question["wrong"])]


def words(text):
    """The words of a text that carry meaning: four letters or more, in lower case."""
    return set(re.findall(r"\w{4,}", text.casefold())) - SMALL_WORDS


def test_there_is_a_file_for_each_of_the_eight_nations_under_its_slug_in_the_taxonomy():
    assert set(BANK) == set(NATIONS) <= {nation.slug for nation in REGIONS}


def test_there_are_enough_questions_to_draw_twelve_from():
    assert len(ALL) >= 150
    assert {nation for nation, questions in BANK.items() if len(questions) < 18} == set()


@pytest.mark.parametrize("nation", NATIONS)
def test_a_nation_is_asked_about_six_themes_or_more_and_no_theme_more_than_seven_times(nation):
    themes = Counter(question["theme"] for question in BANK[nation])

    assert set(themes) <= THEMES
    assert len(themes) >= 6
    assert max(themes.values()) <= 7


def test_a_slug_names_one_question_and_begins_with_its_nation():
    slugs = [(nation, question["slug"]) for nation, questions in BANK.items() for question in questions]

    assert len({slug for _, slug in slugs}) == len(slugs)
    assert [slug for nation, slug in slugs if not re.fullmatch(rf"{NATIONS[nation]}(-[a-z0-9]+)+", slug)] == []


@in_each_language
def test_no_question_is_asked_twice(language):
    asked = Counter(question["asks"][language].casefold() for question in ALL)

    assert [text for text, times in asked.items() if times > 1] == []


def test_a_question_has_every_part_in_both_languages_and_nothing_else():
    for question in ALL:
        texts = [question["asks"], question["right"], question["because"], *question["wrong"]]

        assert set(question) == {"slug", "theme", "asks", "right", "wrong", "because"}, question["slug"]
        assert [set(text) for text in texts] == [set(LANGUAGES)] * 6, question["slug"]
        assert all(text[language].strip() == text[language] != "" for text in texts for language in LANGUAGES)


@in_each_language
def test_a_question_can_be_read_in_seconds(language):
    assert [q["slug"] for q in ALL if len(q["asks"][language]) > 200] == []
    assert [q["slug"] for q in ALL if max(map(len, options(q, language))) > 80] == []


@in_each_language
def test_the_four_answers_differ(language):
    assert [q["slug"] for q in ALL if len({option.casefold() for option in options(q, language)}) != 4] == []


@in_each_language
def test_a_question_does_not_contain_its_answer(language):
    assert [q["slug"] for q in ALL if words(q["right"][language]) & words(q["asks"][language])] == []


@in_each_language
@pytest.mark.parametrize("extreme", [max, min])
@pytest.mark.parametrize("nation", NATIONS)
def test_the_right_answer_cannot_be_told_by_its_length(nation, extreme, language):
    told = [q["slug"] for q in BANK[nation] if len(q["right"][language]) == extreme(map(len, options(q, language)))]

    assert len(told) <= 0.35 * len(BANK[nation])
