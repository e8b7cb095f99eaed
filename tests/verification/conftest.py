from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.postgres.functions import TransactionNow

from tests.databases import as_role
from verification import cases
from verification.models import Attempt


@pytest.fixture(autouse=True)
def _asked_in_an_earlier_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test is one transaction; outside, a question is asked by one request and answered by the next."""
    answer = cases.answer_question

    def answered(attempt: Any, place: int, choice: int) -> bool:
        with as_role("owner"):
            just_asked = Attempt.objects.filter(pk=attempt, asked_at__gte=TransactionNow())
            just_asked.update(asked_at=TransactionNow() - timedelta(milliseconds=1))
        return answer(attempt, place, choice)

    monkeypatch.setattr(cases, "answer_question", answered)
