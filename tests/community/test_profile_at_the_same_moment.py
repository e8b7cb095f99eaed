"""A member who presses a button twice: each request in a connection of its own, against the real locks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client

from community.identity import acting_as
from community.models import Arrival
from tests import doors
from tests.factories import MemberFactory


@pytest.mark.usefixtures("committed")
def test_a_part_of_the_profile_that_is_sent_twice_at_once_is_kept_once():
    member = MemberFactory(password=doors.PASSWORD)
    browser = Client()
    doors.log_in(browser, member, path="/pt/conta/login/")

    def send(year: int) -> int:
        hand = Client(raise_request_exception=False)
        hand.cookies = browser.cookies
        start.wait()
        try:
            return hand.post("/pt/conta/perfil/chegada/", {"year": year, "visibility": "private"}).status_code
        finally:
            connection.close()

    for _ in range(10):
        start = Barrier(2, timeout=60)
        with ThreadPoolExecutor(2) as hands:
            assert list(hands.map(send, (2004, 2005))) == [302, 302]
        with acting_as(member):
            assert Arrival.objects.all().delete()[0] == 1
