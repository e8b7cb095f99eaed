"""One's own profile: filled in section by section, refused without losing anything, seen by whom one chose."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.timezone import now
from PIL import Image

from community.identity import acting_as, looking_as
from community.models import (
    SECTIONS,
    Block,
    Consent,
    Heritage,
    MatchingChoice,
    Member,
    Portrait,
    Profile,
    Region,
    Visibility,
)
from tests.browsing import address
from tests.community.test_people_security import LET_INTO, change, reader_of
from tests.databases import as_role
from tests.factories import BlockFactory, MemberFactory, fill_profile

pytestmark = pytest.mark.django_db

# What is typed into each section, and what the row then holds.
TYPED = {
    "name": ({"display_name": " Ana  Lua ", "visibility": "community", "contact": "open"}, {"display_name": "Ana Lua"}),
    "bio": ({"text_pt": "Olá.", "text_en": "", "visibility": "public"}, {"text_pt": "Olá.", "visibility": "public"}),
    "heritage": (
        {"regions": ["minho", "angola"], "consents": "true", "visibility": "verified"},
        {"regions": ["minho", "angola"], "visibility": "verified"},
    ),
    "interests": ({"chosen": ["fado", "futebol"], "visibility": "community"}, {"chosen": ["fado", "futebol"]}),
    "languages": ({"chosen": ["pt-AO", "en"], "visibility": "public"}, {"chosen": ["pt-AO", "en"]}),
    "culture": (
        {"fluency": "native", "meeting": "either", "celebrations": ["carnival"], "visibility": "private"},
        {"fluency": "native", "meeting": "either", "celebrations": ["carnival"]},
    ),
    "arrival": ({"year": "2004", "visibility": "public"}, {"year": 2004}),
    "home_area": ({"borough": "lambeth", "district": "", "visibility": "public"}, {"district": None}),
    "legal_names": ({"given_names": "Ana Maria", "family_names": "Lua"}, {"given_names": "Ana Maria"}),
}
ROWS = {"name": None, "home_area": "homearea", "legal_names": "legalname"}


@pytest.fixture
def ana() -> Member:
    return MemberFactory(profile__display_name="Ana")


@pytest.fixture
def own(client: Client, ana: Member) -> Client:
    with acting_as(ana):
        client.force_login(ana)
    return client


def at(section: str, language: str = "en") -> str:
    return address(f"profile:{section}", language)


def told(ana: Member, section: str) -> object:
    """What stands in a section now; None if nothing does."""
    with as_role("owner"):
        profile = Profile.objects.with_sections(besides=("legalname",)).get(pk=ana.pk)
        row = ROWS.get(section, section)
        return getattr(profile, row, None) if row else profile


def picture(
    size: tuple[int, int] = (800, 600), form: str = "JPEG", name: str = "eu.jpg", **options: object
) -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("RGB", size, "#3f6cc4").save(file, form, **options)
    return SimpleUploadedFile(name, file.getvalue(), "image/jpeg")


@pytest.mark.parametrize("language", ["pt", "en"])
@pytest.mark.parametrize("name", ["overview", *TYPED, "portrait", "blocks", "withdraw_heritage"])
def test_every_page_opens_in_both_languages_empty_and_full(own: Client, ana: Member, name: str, language: str):
    assert own.get(at(name, language)).status_code == 200

    fill_profile(ana, "public")
    answer = own.get(at(name, language))

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("name", ["overview", *TYPED, "portrait", "blocks", "withdraw_heritage"])
def test_a_stranger_is_asked_to_log_in(client: Client, name: str):
    for ask in (client.get, client.post):
        answer = ask(at(name))
        assert (answer.status_code, answer.url) == (302, f"/en/account/login/?next={at(name)}")


@pytest.mark.parametrize("section", TYPED)
def test_a_section_is_kept_as_typed(own: Client, ana: Member, section: str):
    typed, kept = TYPED[section]

    answer = own.post(at(section), typed)

    assert (answer.status_code, getattr(answer, "url", "")) == (302, at("overview"))
    row = told(ana, section)
    assert {name: getattr(row, name) for name in kept} == kept


@pytest.mark.parametrize("section", [name for name in TYPED if name != "name"])
def test_a_section_left_empty_is_removed(own: Client, ana: Member, section: str):
    fill_profile(ana, "public")

    own.post(at(section), {"visibility": "public"})

    assert told(ana, section) is None


def test_each_region_is_offered_once(own: Client):
    page = own.get(at("heritage")).content.decode()
    offered = re.findall(r'name="regions"\s+value="([^"]+)"', page)

    assert sorted(offered) == sorted(Region.objects.values_list("slug", flat=True))


def test_everything_begins_as_ones_own_alone(own: Client, ana: Member):
    assert (told(ana, "name").visibility, told(ana, "name").contact) == ("private", "nobody")
    for section in SECTIONS:
        assert section().visibility == "private"


def test_who_sees_a_section_is_changed_on_the_overview_and_nothing_else(own: Client, ana: Member):
    fill_profile(ana, "private")

    answer = own.post(at("bio"), {"only": "visibility", "visibility": "community", "text_pt": "Outra coisa."})

    assert answer.status_code == 302
    assert (told(ana, "bio").visibility, told(ana, "bio").text_pt) == ("community", "Faço broas.")


@pytest.mark.parametrize(
    ("path", "words"),
    [("/en/account/profile/culture/", "I would rather not say"), ("/pt/conta/perfil/convivio/", "Prefiro não dizer")],
)
def test_what_may_stay_unsaid_says_so_instead_of_dashes(own: Client, path: str, words: str):
    page = own.get(path).content.decode()

    assert page.count(f">{words}</option>") == 2
    assert "-----" not in page


@pytest.mark.parametrize(
    "section", ["portrait", "heritage", "interests", "culture", "arrival", "home_area", "languages", "name"]
)
def test_that_works_for_every_section(own: Client, ana: Member, section: str):
    fill_profile(ana, "private")

    assert own.post(at(section), {"only": "visibility", "visibility": "verified"}).status_code == 302

    assert told(ana, section).visibility == "verified"


@pytest.mark.parametrize(
    ("section", "typed", "words"),
    [
        ("name", {"display_name": "Ana\u202eanA"}, "cannot be seen"),
        ("name", {"display_name": "\u3164"}, "cannot be seen"),
        ("name", {"display_name": ""}, "required"),
        ("name", {"display_name": "A" * 81}, "80"),
        ("name", {"visibility": "everyone"}, "valid choice"),
        ("heritage", {"regions": ["minho"], "consents": ""}, "only with your consent"),
        ("heritage", {"regions": ["atlantis"], "consents": "true"}, "atlantis"),
        ("heritage", {"regions": [str(n) for n in range(11)], "consents": "true"}, "up to 10"),
        ("interests", {"chosen": ["fado", "hacking"]}, "hacking"),
        ("interests", {"chosen": [str(n) for n in range(500)]}, "up to 30"),
        ("languages", {"chosen": ["tlh"]}, "tlh"),
        ("culture", {"celebrations": ["ragnarok"]}, "ragnarok"),
        ("arrival", {"year": "3026"}, "to this one"),
        ("arrival", {"year": "1066"}, "1900"),
        ("arrival", {"year": "last summer"}, "like 2004"),
        ("home_area", {"borough": "paris"}, "valid choice"),
        ("home_area", {"district": "ZZ99"}, "do not know this postcode district"),
        ("legal_names", {"family_names": ""}, "Give both"),
        ("legal_names", {"given_names": "Ana\u200b"}, "cannot be seen"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_said_and_nothing_is_lost(
    own: Client, ana: Member, section: str, typed: dict, words: str
):
    before = told(ana, section)

    answer = own.post(at(section), TYPED[section][0] | typed)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    shown = answer.context["form"]
    everything = TYPED[section][0] | typed
    assert {name: shown[name].value() for name in everything if name != "consents"} == {
        name: value for name, value in everything.items() if name != "consents"
    }
    assert str(told(ana, section)) == str(before)


def test_ten_thousand_interests_are_refused_before_they_are_read(own: Client):
    assert own.post(at("interests"), {"chosen": ["fado"] * 10_000, "visibility": "public"}).status_code == 400


def test_a_whole_postcode_keeps_only_its_district_and_finds_the_borough(own: Client, ana: Member):
    own.post(at("home_area"), {"district": "sw8 2lf", "visibility": "community"})

    area = told(ana, "home_area")
    assert (area.district.name, area.borough.slug) == ("SW8", "lambeth")
    assert "2LF" not in own.get(at("overview")).content.decode().upper()


def test_a_bio_of_script_is_shown_and_not_run(own: Client, ana: Member):
    bad = "<script>alert(1)</script> [x](javascript:alert(1)) **eu** <img src=x onerror=alert(1)>"

    own.post(at("bio"), {"text_pt": bad, "visibility": "public"})

    page = own.get(address("members:detail", "pt", pk=str(ana.pk))).content.decode()
    assert "<strong>eu</strong>" in page
    assert "<script>alert" not in page
    assert "javascript:" not in page.replace("[x](javascript:alert(1))", "")
    assert "<img src=x" not in page


class TestContactDetails:
    REACHABLE = {"text_pt": "Liga para 07700 900123.", "visibility": "public"}

    def test_they_are_pointed_out_before_they_are_published(self, own: Client, ana: Member):
        answer = own.post(at("bio"), self.REACHABLE)

        assert answer.status_code == 422
        assert "<q>07700 900123</q>" in answer.content.decode()
        assert "Liga para 07700 900123." in answer.content.decode()
        assert told(ana, "bio") is None

    def test_they_are_published_by_whoever_says_so(self, own: Client, ana: Member):
        assert own.post(at("bio"), self.REACHABLE | {"publish_anyway": "true"}).status_code == 302
        assert told(ana, "bio").visibility == "public"

    def test_nobody_is_asked_about_what_they_alone_see(self, own: Client, ana: Member):
        assert own.post(at("bio"), self.REACHABLE | {"visibility": "private"}).status_code == 302

    def test_they_are_pointed_out_when_only_the_audience_grows(self, own: Client, ana: Member):
        own.post(at("bio"), self.REACHABLE | {"visibility": "private"})

        answer = own.post(at("bio"), {"only": "visibility", "visibility": "public"})

        assert answer.status_code == 422
        assert told(ana, "bio").visibility == "private"

    def test_a_name_is_looked_at_too(self, own: Client, ana: Member):
        typed = {"display_name": "Ana 07700 900123", "visibility": "public", "contact": "nobody"}

        assert own.post(at("name"), typed).status_code == 422


class TestHeritage:
    def test_the_consent_has_a_version_and_a_time_and_is_given_once(self, own: Client, ana: Member):
        for regions in (["minho"], ["minho", "luanda"]):
            own.post(at("heritage"), {"regions": regions, "consents": "true", "visibility": "public"})

        with as_role("owner"):
            consent = Consent.objects.get()
        assert (consent.member_id, consent.purpose, consent.version) == (ana.pk, "heritage", "1")
        assert told(ana, "heritage").regions == ["minho", "luanda"]

    def test_withdrawing_asks_once_and_erases_at_once(self, own: Client, ana: Member):
        fill_profile(ana, "public")
        assert own.get(at("withdraw_heritage")).status_code == 200
        assert told(ana, "heritage") is not None

        assert own.post(at("withdraw_heritage")).status_code == 302

        with as_role("owner"):
            assert not Heritage.objects.exists()
            assert Consent.objects.get().withdrawn_at is not None
        # And as easily given again.
        own.post(at("heritage"), {"regions": ["minho"], "consents": "true", "visibility": "public"})
        assert told(ana, "heritage").regions == ["minho"]


class TestPortrait:
    @pytest.fixture(autouse=True)
    def media(self, settings, tmp_path: Path) -> Path:
        settings.MEDIA_ROOT = str(tmp_path)
        self.folder = tmp_path / "portraits"
        return tmp_path

    def files(self) -> set[str]:
        return {file.name for file in self.folder.iterdir()} if self.folder.exists() else set()

    def hand_in(self, own: Client, file: SimpleUploadedFile, **typed: str) -> int:
        return own.post(at("portrait"), {"picture": file, "visibility": "public"} | typed).status_code

    def test_nothing_but_its_pixels_is_kept(self, own: Client, ana: Member):
        exif = Image.Exif()
        exif[0x8825] = {1: "N", 2: (51.0, 28.0, 20.0)}  # where it was taken
        assert self.hand_in(own, picture(exif=exif)) == 302

        name = told(ana, "portrait").picture.name
        kept = Image.open(Path(self.folder.parent, name))
        assert (kept.format, dict(kept.getexif())) == ("WEBP", {})
        assert "exif" not in kept.info

    def test_the_files_it_replaces_go_after_the_commit(
        self, own: Client, ana: Member, django_capture_on_commit_callbacks
    ):
        self.hand_in(own, picture())
        before = self.files()
        with django_capture_on_commit_callbacks(execute=False) as callbacks:
            self.hand_in(own, picture((500, 500)))
        assert before < self.files()

        for callback in callbacks:
            callback()

        assert before & self.files() == set()
        assert len(self.files()) == 2

    def test_removing_it_removes_its_files(self, own: Client, ana: Member, django_capture_on_commit_callbacks):
        self.hand_in(own, picture())
        with django_capture_on_commit_callbacks(execute=True):
            assert own.post(at("portrait"), {"visibility": "public", "remove_picture": "on"}).status_code == 302

        assert told(ana, "portrait") is None
        assert self.files() == set()

    @pytest.mark.parametrize(
        ("file", "words"),
        [
            (SimpleUploadedFile("eu.jpg", b"GIF89a<script>alert(1)</script>", "image/jpeg"), "not a picture"),
            (SimpleUploadedFile("eu.png", b"%PDF-1.4\n%", "image/png"), "not a picture"),
            (SimpleUploadedFile("eu.svg", b"<svg onload='alert(1)'/>", "image/svg+xml"), "not a picture"),
        ],
    )
    def test_what_is_no_picture_is_refused_and_the_words_are_kept(self, own: Client, ana: Member, file, words: str):
        typed = {"picture": file, "picture_alt_pt": "Eu na praia", "visibility": "community"}
        answer = own.post(at("portrait"), typed)

        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert "Eu na praia" in answer.content.decode()
        assert answer.context["form"]["visibility"].value() == "community"
        assert told(ana, "portrait") is None

    def test_forty_million_pixels_are_refused(self, own: Client):
        answer = own.post(at("portrait"), {"picture": picture((8000, 5001), "PNG"), "visibility": "public"})

        assert answer.status_code == 422
        assert "40 million pixels" in answer.content.decode()

    def test_a_polyglot_keeps_nothing_but_its_pixels(self, own: Client, ana: Member):
        both = picture()
        both = SimpleUploadedFile("eu.jpg", both.read() + b"<script>alert(1)</script>PK\x03\x04", "image/jpeg")
        assert self.hand_in(own, both) == 302

        assert all(b"script" not in file.read_bytes() for file in self.folder.iterdir())

    def test_a_heic_with_a_place_loses_it(self, own: Client, ana: Member):
        exif = Image.Exif()
        exif[0x8825] = {1: "N", 2: (51.0, 28.0, 20.0)}
        assert self.hand_in(own, picture(form="HEIF", name="eu.heic", exif=exif)) == 302

        assert dict(Image.open(Path(self.folder.parent, told(ana, "portrait").picture.name)).getexif()) == {}


class TestBlocks:
    def test_a_block_is_asked_once_and_hides_each_from_the_other(self, own: Client, ana: Member):
        rui = MemberFactory(profile__visibility="community", profile__display_name="Rui")
        page = address("members:block", "en", pk=str(rui.pk))
        assert "Block Rui?" in own.get(page).content.decode()
        with as_role("owner"):
            assert not Block.objects.exists()

        assert own.post(page).status_code == 302

        assert own.get(address("members:detail", "en", pk=str(rui.pk))).status_code == 404
        with acting_as(rui):
            assert not Profile.objects.filter(pk=ana.pk).exists()
        assert "Rui" in own.get(at("blocks")).content.decode()

    def test_a_block_is_ended_on_the_list_by_its_maker_alone(self, own: Client, ana: Member):
        rui = MemberFactory(profile__visibility="community")
        mine, theirs = BlockFactory(blocker=ana, blocked=rui), BlockFactory(blocked=ana)

        assert own.post(at("blocks"), {"block": theirs.pk}).status_code == 404
        assert own.post(at("blocks"), {"block": "x"}).status_code == 404
        assert own.post(at("blocks"), {"block": mine.pk}).status_code == 302

        with as_role("owner"):
            assert list(Block.objects.all()) == [theirs]
        assert own.get(address("members:detail", "en", pk=str(rui.pk))).status_code == 200

    def test_who_cannot_be_seen_cannot_be_blocked_nor_can_one_block_oneself(self, own: Client, ana: Member):
        hidden = MemberFactory()
        for pk in (hidden.pk, ana.pk, Portrait().pk or "00000000-0000-0000-0000-000000000000"):
            page = address("members:block", "en", pk=str(pk))
            assert [own.get(page).status_code, own.post(page).status_code] == [404, 404]


class TestPreview:
    """What a member is shown as what others see is what the database shows those others."""

    SEEN_BY = {"public": "stranger", "community": "member", "verified": "verified"}

    def article(self, page: str) -> str:
        found = re.search(r'<article class="wrap sheet member">.*</article>', page, re.DOTALL)
        return found.group() if found else ""

    @pytest.mark.parametrize("audience", SEEN_BY)
    @pytest.mark.parametrize("visibility", Visibility.values)
    def test_it_is_what_such_a_reader_gets(self, own: Client, ana: Member, audience: str, visibility: str):
        change(ana.profile, visibility=visibility)
        fill_profile(ana, "private", bio="public", heritage="verified", interests="community", culture="public")
        reader, other = Client(), reader_of(self.SEEN_BY[audience], ana)
        if other:
            with as_role("owner"):
                reader.force_login(other)

        preview = self.article(own.get(at("preview") + f"?as={audience}").content.decode())
        with acting_as(None):  # a stranger's request sets nothing, and this is one transaction
            theirs = self.article(reader.get(address("members:detail", "en", pk=str(ana.pk))).content.decode())

        assert preview == theirs
        assert bool(preview) is (visibility in LET_INTO[self.SEEN_BY[audience]])

    def test_it_takes_away_and_never_adds(self, ana: Member):
        others = MemberFactory(profile__visibility="verified")
        fill_profile(others, "verified")
        with acting_as(ana), looking_as("verified"):
            assert not Profile.objects.exists()
            assert not any(section.objects.exists() for section in SECTIONS)

    def test_an_audience_that_is_none_sees_nothing(self, own: Client, ana: Member):
        assert own.get(at("preview") + "?as=private").status_code == 404
        change(ana.profile, visibility="public")
        with acting_as(ana), looking_as("everyone"):
            assert not Profile.objects.exists()

    def test_a_withdrawn_member_is_shown_that_nobody_sees_them(self, own: Client, ana: Member):
        change(ana.profile, visibility="public", withdrawn_at=now())

        assert self.article(own.get(at("preview")).content.decode()) == ""


def test_the_sixth_change_of_a_day_is_refused_where_it_was_typed(client: Client):
    member = MemberFactory(profile__visibility="community")
    with acting_as(member):
        MatchingChoice.objects.create(member=member).opt_in(at=now())
        client.force_login(member, "community.login.MemberBackend")
    address = "/en/account/profile/interests/"
    chosen = ["fado", "samba", "morna", "capoeira", "carnaval", "forro"]

    answers = [client.post(address, {"chosen": chosen[: number + 1], "visibility": "community"}) for number in range(6)]

    assert [answer.status_code for answer in answers[:4]] == [302] * 4
    refused = next(answer for answer in answers if answer.status_code == 422)
    assert "five times today" in refused.content.decode()
    assert 'value="fado"' in refused.content.decode()
