from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from businesses.models import Business, BusinessType
from community import lexicon
from community.asides import ASIDES, FREE, OPEN, PLACE, take_asides
from community.clock import TONIGHT, WEEKEND
from community.models import Word
from community.search import (
    MAX_LENGTH,
    Wish,
    slips,
    understand,
    words_counted_once,
)
from events.models import Event, Posting
from tests.databases import as_role
from tests.factories import BusinessFactory, EventFactory

pytestmark = pytest.mark.django_db

SIGNS = "ab'\"\\&|!()<->:*_ \0é=%"


def shop(name: str, **facts: str) -> Business:
    """A listing that says nothing but its name, and that it is an optician in Lambeth."""
    facts = {"description_pt": "", "description_en": "-"} | facts
    return BusinessFactory(name=name, type=BusinessType.objects.get(slug="optician"), **facts)


def found(typed: str) -> list[str]:
    """The names of the listings that a typed text finds."""
    return sorted(Business.objects.matching(understand(typed)).values_list("name", flat=True))


def counts() -> dict[str, int]:
    return dict(Word.objects.values_list("word", "documents"))


# Forms of one word ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "typed"),
    [
        ("São João", "sao joao"),
        ("São João", "SÃO JOÃO"),
        ("Celebração", "celebracoes"),
        ("Celebrações", "celebração"),
        ("Celebração", "celebrar"),
        ("Culinária", "culinaria"),
        ("Culinária", "culinárias"),
        ("Exposição", "exposicoes"),
        ("Exposições", "exposicao"),
        ("Açorda", "acorda"),
        ("Pastel", "pasteis"),
        ("Pastéis de Nata", "pastel de nata"),
        ("Pastel de Nata", "pastéis de nata"),
        ("Espanhol", "espanhois"),
        ("Caracóis", "caracol"),
        ("Hotéis", "hotel"),
        ("Papel", "papeis"),
        ("Animais", "animal"),
        ("Azul", "azuis"),
        ("Infantil", "infantis"),
        ("Fácil", "faceis"),
        ("Confortável", "confortáveis"),
        ("Jovens", "jovem"),
        ("Homem", "homens"),
        ("Jardim", "jardins"),
        ("Pão", "paes"),
        ("Pães", "pão"),
        ("Irmãos", "irmao"),
        ("Mãe", "maes"),
        ("Mãos", "mao"),
        ("Flores", "flor"),
        ("Mulher", "mulheres"),
        ("Professores", "professor"),
        ("Voz", "vozes"),
        ("Luzes", "luz"),
        ("País", "paises"),
        ("Mês", "meses"),
        ("Portuguesa", "português"),
        ("Portugueses", "portuguesa"),
        ("Inglês", "ingleses"),
        ("Brasileira", "brasileiros"),
        ("Angolanas", "angolano"),
        ("Advogada", "advogado"),
        ("Crianças", "crianca"),
        ("Noites", "noite"),
        ("Restaurante", "restaurantes"),
        ("Dança", "dançar"),
        ("Jogos", "jogar"),
        ("Cozinha", "cozinhar"),
        ("Música", "musicas"),
        ("Celebration", "celebrations"),
        ("Cooking", "cook"),
        ("Parties", "party"),
        ("Churches", "church"),
        ("Tasting", "tastings"),
        ("Pequeno-almoço", "pequeno almoco"),
        ("Joa\u0303o", "joão"),
    ],
)
def test_a_word_is_found_by_its_other_forms(document: str, typed: str):
    shop(document)

    wish = understand(typed)

    assert wish.corrected == {}
    assert list(Business.objects.matching(wish).values_list("name", flat=True)) == [document]


@pytest.mark.parametrize(
    ("document", "typed"),
    [
        ("Autocarro", "onibus"),
        ("Machimbombo", "autocarros"),
        ("Ônibus", "bus"),
        ("Talho", "acougue"),
        ("Açougue", "butchers"),
        ("Café da manhã", "pequeno-almoço"),
        ("Matabicho", "breakfast"),
        ("Padaria", "pastelarias"),
        ("Confeitaria", "bakery"),
        ("Comboio", "trem"),
        ("Casa de banho", "banheiro"),
        ("Banheiro", "casa de banho"),
        ("Telemóvel", "celular"),
        ("Sumo", "suco"),
        ("Sorvete", "gelados"),
        ("Gelado", "ice cream"),
        ("Salão", "cabeleireiro"),
        ("Cabeleireira", "hairdressers"),
        ("Geladeira", "frigorifico"),
        ("Equipa", "time"),
        ("Futebol", "football"),
        ("Festa Junina", "santos populares"),
        ("Terno", "fato"),
        ("Tênis", "sapatilhas"),
        ("Crianças", "miudos"),
        ("Kids", "criança"),
        ("Advogados", "solicitor"),
        ("Contador", "accountant"),
        ("Missa", "church"),
        ("Dental", "dentista"),
        ("Lisbon", "lisboa"),
        ("Missa dominical", "domingo"),
        ("Domingo", "dominical"),
        ("English lessons", "ingles"),
        ("Angola", "angolano"),
        ("Brasil", "brazilian"),
        ("Cape Verde", "cabo-verdiana"),
        ("Muamba", "angolana"),
        ("Cachupa", "cape verdean"),
    ],
)
def test_a_word_is_found_by_what_means_the_same(document: str, typed: str):
    shop(document)

    assert document in found(typed)


@pytest.mark.parametrize(
    ("document", "typed"),
    [
        ("Fada", "fado"),
        ("Bola", "bolo"),
        ("Porta", "porto"),
        ("Caso", "casa"),
        ("Copo", "copa"),
        ("Casa com jardim", "comida"),
        ("Lisboa", "fado lisboa"),
        ("Banho", "casa de banho"),
        ("Marisqueira", "mar"),
        ("Angolano", "muamba"),
        ("Madeira", "madeirense"),
    ],
)
def test_a_word_is_not_found_by_another(document: str, typed: str):
    shop(document)
    shop(typed)

    assert document not in found(typed)


# Spelling ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("guitrra", "guitarra"),
        ("guittarra", "guitarra"),
        ("guitarea", "guitarra"),
        ("giutarra", "guitarra"),
        ("uitarra", "guitarra"),
        ("peixr", "peixe"),
        ("pexie", "peixe"),
        ("epixe", "peixe"),
        ("pexe", "peixe"),
        ("celebracso", "celebração"),
        ("celebrasao", "celebração"),
        ("neighborhood", "neighbourhood"),
        ("frienship", "friendship"),
    ],
)
def test_one_slip_is_forgiven_and_said(typed: str, meant: str):
    shop("Guitarra, peixe, celebração, neighbourhood, friendship")

    wish = understand(typed)

    assert wish.corrected == {typed: meant}
    assert Business.objects.matching(wish).count() == 1


def test_a_slip_in_a_word_of_the_lexicon_finds_what_means_the_same():
    shop("Autocarro")

    assert understand("onibuss").corrected == {"onibuss": "ônibus"}
    assert found("onibuss") == ["Autocarro"]


def test_two_slips_are_forgiven_in_a_long_word():
    shop("Açordinha da Conceição")

    assert understand("conseicao").corrected == {"conseicao": "conceição"}
    assert understand("comseicao").corrected == {"comseicao": "conceição"}


def test_a_word_that_occurs_is_never_taken_for_another():
    shop("Praia")
    shop("Prata")

    assert understand("prata").corrected == {}
    assert found("prata") == ["Prata"]


def test_two_swapped_letters_are_forgiven_in_a_word_of_four_and_nothing_else():
    shop("Fado e sopa")

    assert understand("fdao").corrected == {"fdao": "fado"}
    assert understand("spoa").corrected == {"spoa": "sopa"}
    assert understand("dofa").corrected == understand("fad").corrected == understand("fazo").corrected == {}


@pytest.mark.parametrize("typed", ["gado", "2O26", "2026", "qwrtz"])
def test_short_words_numbers_and_nonsense_are_left_as_they_are(typed: str):
    shop("Fado 2025")

    assert understand(typed).corrected == {}
    assert found(typed) == []


def test_the_word_that_is_posted_most_often_is_meant():
    shop("Canto")
    shop("Santo")
    shop("Santo")

    assert understand("xanto").corrected == {"xanto": "santo"}


# Words as they are typed ---------------------------------------------------------------------------


def test_the_last_word_may_be_unfinished():
    shop("Marisqueira")

    assert found("marisq") == ["Marisqueira"]
    assert found("marisq aberta agora") == []


def test_small_words_count_only_where_there_is_nothing_else():
    shop("Casa da Nossa")

    assert found("a casa do nossa") == ["Casa da Nossa"]
    assert found("nossa") == ["Casa da Nossa"]
    assert found("para") == []


@pytest.mark.parametrize("typed", ["", "   ", "!?", "()&|", "\0"])
def test_no_word_keeps_everything(typed: str):
    shop("Casa")

    assert understand(typed).query == ""
    assert found(typed) == ["Casa"]


@pytest.mark.parametrize(
    ("typed", "asides", "words"),
    [
        ("free this weekend", ["free", "weekend"], ""),
        ("free events this weekend", ["free", "events", "weekend"], ""),
        ("free concert", ["free"], "concert"),
        ("evento grátis este fim de semana", ["events", "free", "weekend"], ""),
        ("coisas gratuitas", ["anything", "free"], ""),
        ("what’s on next week near King’s Cross", ["events", "next week", "place kings cross"], ""),
        ("padaria perto de SW8", ["place SW8"], "padaria"),
        ("bakery near sw8 1uq, open now", ["place SW8 1UQ", "open"], "bakery ,"),
        ("fado em Stockwell", ["place stockwell"], "fado"),
        ("music near Little Portugal", ["place little portugal"], "music"),
        ("café ao pé do Elephant and Castle", ["place elephant and castle"], "café"),
        ("padaria stockwell aberta agora", ["place stockwell", "open"], "padaria"),
        ("missa domingo", ["sunday"], "missa"),
        ("missa aos domingos", ["sundays"], "missa"),
        ("padaria aberta ao domingo", ["opening", "sundays"], "padaria"),
        ("bakery open on Sunday", ["opening", "sunday"], "bakery"),
        ("na próxima sexta-feira à noite", ["friday night"], ""),
        ("fado quinta", ["thursday"], "fado"),
        ("para a semana", ["next week"], ""),
        ("amanhã à noite", ["tomorrow night"], ""),
        ("crianças no sábado de manhã", ["saturday morning"], "crianças"),
        ("kids Saturday morning", ["saturday morning"], "kids"),
        ("kids on Saturday mornings", ["saturdays morning"], "kids"),
        ("missa aos domingos de manhã", ["sundays morning"], "missa"),
        ("fado quinta à tarde", ["thursday afternoon"], "fado"),
        ("missa 24 de dezembro", ["12-24"], "missa"),
        ("missa no dia 24 de dezembro à noite", ["12-24 night"], "missa"),
        ("carols on the 24th of December", ["12-24"], "carols"),
        ("December 24", ["12-24"], ""),
        ("24 Dec", ["12-24"], ""),
        ("24 de dez", ["12-24"], ""),
        ("fado 24/12 em Stockwell", ["12-24", "place stockwell"], "fado"),
        ("sábado, 1º de fevereiro", ["02-01"], ""),
        ("dia 25 de abril", ["04-25"], ""),
        ("padaria aberta 24/12", ["opening", "12-24"], "padaria"),
        ("hoje de tarde", ["today afternoon"], ""),
        ("this afternoon", ["today afternoon"], ""),
        ("tomorrow in the evening", ["tomorrow night"], ""),
        ("fim de semana à tarde", ["weekend afternoon"], ""),
        ("dentista que fale português", ["speaks pt"], "dentista"),
        ("restaurante em Londres", ["anything"], "restaurante"),
    ],
)
def test_what_is_said_beside_the_words_is_understood(typed: str, asides: list[str], words: str):
    found, rest = take_asides(typed, ASIDES)

    assert [f"{aside.kind} {aside.value}".strip() for aside in found] == asides
    assert rest == words


@pytest.mark.parametrize(
    "typed",
    ["gluten free", "sugar-free bolo", "free parking", "open mic", "porta aberta", "Quinta do Lago",
     "na Quinta do Lago", "segunda mão", "a segunda edição", "São Domingos", "domingo de Ramos", "Good Friday",
     "Good Friday morning", "café da manhã", "afternoon tea", "Sunday roast", "quintas",
     "31/2", "dia 31 de fevereiro", "12/24", "24/12/2026", "24 de dezembro de 2026", "24 a 26 de dezembro",
     "24 December 2026", "festa do 25 de abril", "open 24/7", "3 set", "mar 5",
     "jogo do Chelsea", "jogo Arsenal", "Angel", "aulas de português", "casa", "coisas", "em casa"],
)  # fmt: skip
def test_a_word_that_may_be_meant_stays_a_word(typed: str):
    assert take_asides(typed, ASIDES) == ([], typed)


def test_asides_are_recognised_for_those_who_can_act_on_them():
    wish = understand("Pastelaria aberta agora, SW8 1uq", recognise={OPEN, PLACE})

    assert (wish.terms, wish.wants, wish.place) == (("pastelaria",), frozenset({OPEN}), "SW8 1UQ")
    assert understand("fado este fim de semana grátis", recognise={FREE, WEEKEND}).wants == {FREE, WEEKEND}
    assert understand("hoje à noite", recognise={TONIGHT}) == Wish("hoje à noite", wants=frozenset({TONIGHT}))
    assert understand("aberta agora").terms == ("aberta", "agora")


def test_a_long_text_is_read_no_further_than_its_limit():
    assert len(understand("fado " * 20_000).text) <= MAX_LENGTH


def test_understanding_takes_one_statement_and_one_more_when_it_forgives():
    shop("Guitarra portuguesa")

    for typed, statements in (("guitarra", 1), ("uma guitarra portuguesa em lisboa", 1), ("gitarra purtuguesa", 2)):
        with CaptureQueriesContext(connection) as queries:
            understand(typed)
        assert len(queries) == statements, typed


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=250) | st.text("ab'\"\\&|!()<->:*_ \0é=%", max_size=60)
)
def test_no_text_can_be_wrong(typed: str):
    Business.objects.matching(understand(typed, recognise={OPEN, PLACE})).first()
    with connection.cursor() as cursor:
        text = typed.replace("\0", "")
        cursor.execute("SELECT search_query(%s), search_vector(%s, '', '', '', '')", [text, text])


# Order ---------------------------------------------------------------------------------------------


def test_how_often_a_word_is_said_is_of_no_matter():
    for name in ("Fado, fado, fado", "Fado", "Fado e fado"):
        shop(name)

    names = [one.name for one in Business.objects.order_by("name").best_first(understand("fado"))]

    assert names == ["Fado", "Fado e fado", "Fado, fado, fado"]


def test_the_best_of_the_first_come_first():
    for name, description in (("Um", "Onde se ouve fado."), ("Dois", "Nada."), ("Fado", "Nada."), ("Fado tarde", "")):
        shop(name, description_pt=description)
    wish = understand("fado")
    shops = Business.objects.order_by("created_at")

    assert [one.name for one in shops.matching(wish).best_first(wish, among=2)] == ["Fado", "Um"]
    assert [one.name for one in shops.best_first(Wish())] == ["Um", "Dois", "Fado", "Fado tarde"]


# The vocabulary ------------------------------------------------------------------------------------


def test_words_are_counted_by_what_they_stand_in():
    cafe = shop("Café Guitarra Guitarra", description_pt="Um café.")
    shop("Guitarra")

    assert (counts()["café"], counts()["guitarra"]) == (1, 2)

    with as_role("owner"):
        Business.objects.filter(pk=cafe.pk).update(name="Cafe", description_pt="Um cafe.")
    assert (counts().get("café"), counts()["cafe"], counts()["guitarra"]) == (None, 1, 1)

    with as_role("owner"):
        Business.objects.all().delete()
    assert counts() == {}


def test_counting_anew_changes_nothing():
    shop("Guitarra e viola")
    shop("Viola")
    EventFactory(title_pt="Guitarras", title_en="Guitars")
    before = counts()

    with as_role("worker"):
        Word.objects.recount()

    assert counts() == before != {}


def test_a_bulk_load_is_counted_once_and_right():
    shop("Viola")
    with as_role("owner"), words_counted_once():
        Business.objects.update(name="Guitarra")
        assert "guitarra" not in counts()

    assert counts()["guitarra"] == 1
    assert "viola" not in counts()
    shop("Guitarra")
    assert counts()["guitarra"] == 2


@pytest.mark.parametrize(
    "hidden",
    [
        {"visibility": Event.Visibility.PRIVATE},
        {"visibility": Event.Visibility.COMMUNITY},
        {"status": Event.Status.DRAFT},
    ],
)
def test_nothing_private_is_ever_suggested(hidden: dict[str, str]):
    event = EventFactory(title_pt="Guitarra secreta", title_en="")
    assert understand("guitrra").corrected == {"guitrra": "guitarra"}

    with as_role("owner"):
        Event.objects.filter(pk=event.pk).update(**hidden)

    assert not Posting.objects.exists()
    assert "guitarra" not in counts()
    assert understand("guitrra").corrected == {}


@pytest.mark.parametrize("door", ["site", "desk", "worker"])
def test_the_vocabulary_is_written_by_its_triggers_alone(door: str):
    with connection.cursor() as cursor, as_role(door):
        cursor.execute("SELECT has_table_privilege('community_word', 'INSERT, UPDATE, DELETE, TRUNCATE')")
        assert cursor.fetchone() == (False,)
        cursor.execute("SELECT has_function_privilege('learn_words(text[], bigint[])', 'EXECUTE')")
        assert cursor.fetchone() == (False,)


# The lexicon ---------------------------------------------------------------------------------------


def test_each_line_of_the_lexicon_says_something_once():
    lines = [line for line in lexicon.GROUPS.splitlines() if "|" in line]

    assert len(lines) > 60
    for line in lines:
        keys = [phrase.strip().lower() for phrase in line.split("|")]
        assert all(keys)
        assert len(set(keys)) == len(keys) > 1, line


@pytest.mark.parametrize(
    ("typed", "meant", "expected"),
    [("fetsa", "festa", 1), ("festa", "festa", 0), ("fest", "festa", 1), ("fsta", "festas", 2), ("abc", "cab", 2)],
)
def test_slips_are_counted(typed: str, meant: str, expected: int):
    assert slips(typed, meant) == expected
