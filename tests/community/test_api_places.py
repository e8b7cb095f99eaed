import pytest

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_limits(settings):
    settings.API_LIMITS = {"anonymous": (100_000, 1), "member": (100_000, 1)}


def test_places_are_suggested_as_the_contract_has_them(client):
    assert client.get("/api/v1/places/?q=stockw").json() == [
        {
            "name": "Stockwell",
            "kind": "neighbourhood",
            "location": {"type": "Point", "coordinates": [-0.123, 51.472]},
            "borough": "Lambeth",
        }
    ]


def test_what_is_not_known_is_an_empty_list(client):
    assert client.get("/api/v1/places/?q=zzzzz").json() == []


def test_the_vocabulary_has_both_names_of_every_word(client):
    taxonomy = client.get("/api/v1/taxonomy/?lang=pt").json()

    assert set(taxonomy) == {
        "categories", "tags", "business_types", "specialties", "regions", "interests", "languages"
    }  # fmt: skip
    assert (len(taxonomy["categories"]), len(taxonomy["business_types"])) == (17, 42)
    minho = next(region for region in taxonomy["regions"] if region["slug"] == "minho")
    assert minho == {
        "slug": "minho", "name": "Minho", "names": {"pt": "Minho", "en": "Minho"}, "parent": "portugal", "country": "PT"
    }  # fmt: skip
    assert all(word["names"]["pt"] and word["names"]["en"] for words in taxonomy.values() for word in words)
