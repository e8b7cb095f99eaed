from __future__ import annotations

import pytest

from community.addresses import absolute


@pytest.mark.parametrize(
    ("given", "full"),
    [
        ("/pt/", "http://localhost:8000/pt/"),
        ("/pt/eventos/são-joão/", "http://localhost:8000/pt/eventos/s%C3%A3o-jo%C3%A3o/"),
        ("/api/v1/events/?near=SW8+1UQ&q=p%C3%A3o", "http://localhost:8000/api/v1/events/?near=SW8+1UQ&q=p%C3%A3o"),
        ('/pt/eventos/<b>"/', "http://localhost:8000/pt/eventos/%3Cb%3E%22/"),
        ("https://pictures.example/x.webp", "https://pictures.example/x.webp"),
    ],
)
def test_an_address_of_ours_is_written_in_full_as_others_may_copy_it(given, full):
    assert absolute(given) == full
