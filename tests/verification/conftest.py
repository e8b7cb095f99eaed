from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.postgres.functions import TransactionNow

from tests.databases import as_role
from verification import cases, sealing
from verification.models import Attempt


@pytest.fixture
def vault(settings, tmp_path) -> Path:
    """Where sealed documents lie for one test, which has the desk's keys."""
    public, secret = sealing.new_key_pair()
    settings.DESK_PUBLIC_KEY, settings.DESK_SECRET_KEYS = public, [secret]
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    return tmp_path / "evidence"


@pytest.fixture(autouse=True)
def _asked_in_an_earlier_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test is one transaction; outside, a question is asked, answered and counted by three requests."""
    answer = cases.answer_question

    def answered(attempt: Any, place: int, choice: int) -> bool:
        with as_role("owner"):
            just_asked = Attempt.objects.filter(pk=attempt, asked_at__gte=TransactionNow())
            just_asked.update(asked_at=TransactionNow() - timedelta(milliseconds=1))
        there_is_more = answer(attempt, place, choice)
        with as_role("owner"):
            just_answered = Attempt.objects.filter(pk=attempt, answered_at__gte=TransactionNow())
            just_answered.update(answered_at=TransactionNow() - timedelta(milliseconds=1))
        return there_is_more

    monkeypatch.setattr(cases, "answer_question", answered)
