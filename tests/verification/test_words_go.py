"""What was written in a case goes fourteen days after its end, or its appeal's; what is late is found every night."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import structlog
from django.utils.timezone import now

from community.identity import acting_as
from tests.databases import as_role
from tests.factories import CaseFactory, MemberFactory
from tests.verification.desks import ask, at_the_desk, moderator, run, told, without_rules
from verification import cases, tasks
from verification.models import Case, Note, Reply, Vote
from verification.progress import asked_in
from verification.vanishing import Overdue

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
QUESTION, WORDS, WHY = "De que ano é o passaporte?", "Bem-vinda, Ana da Brava.", "O passaporte era de outra."


def ended(days: float, **fields: Any) -> Case:
    """A case in which everybody wrote something, and which ended so long ago."""
    case, amelia, at = CaseFactory(), moderator(), now() - days * DAY
    with at_the_desk(amelia):
        cases.claim(case)
        cases.write_note(case, "Passport of 1999.", by=amelia)
        cases.ask(case, QUESTION, by=amelia)
    with acting_as(case.member):
        cases.reply(case, "De 1999.")
    with without_rules("verification_vote"):
        for verdict, reason, words in (("reject", "other", "Não se lê."), ("approve", "", WORDS)):
            Vote.objects.create(case=case, by=moderator(), verdict=verdict, reason=reason, sentence=words)
        Vote.objects.filter(case=case).update(at=at)
    with as_role("owner"):
        end = {"status": "rejected", "reason": "other", "decided_at": at, "waiting_since": None}
        Case.objects.filter(pk=case.pk).update(note="A minha avó é da Brava.", sentence=WORDS, **end | fields)
    return case


def words_in(case: Case) -> int:
    """How many pieces of what was written are still there."""
    with as_role("owner"):
        found = Case.objects.get(pk=case.pk)
        said = [found.note, found.sentence, found.revoked_for]
        for rows, column in ((Vote, "sentence"), (Reply, "text"), (Note, "text")):
            said += rows.objects.filter(case=case).values_list(column, flat=True)
    return len([words for words in said if words not in ("", "–")])


def a_night() -> None:
    with as_role("worker"):
        tasks.end_cases.func(0)


def prove() -> None:
    with as_role("worker"):
        tasks.prove_nothing_is_overdue.func(0)


def test_words_go_fourteen_days_after_the_decision_and_what_came_of_it_stays():
    thirteen, fifteen = ended(13.9), ended(15.1)
    approved = ended(15.1, status="approved", reason="", expires_at=now() + 9 * DAY)
    for _twice in range(2):
        a_night()
        assert [words_in(each) for each in (thirteen, fifteen, approved)] == [7, 0, 0]
    prove()
    with as_role("owner"):
        kept = Case.objects.get(pk=fifteen.pk)
        assert (kept.status, kept.reason, kept.decided_at) == ("rejected", "other", kept.decided_at)
        votes = Vote.objects.filter(case=fifteen, by__isnull=False)
        assert set(votes.values_list("verdict", "reason", "sentence")) == {
            ("ask", "", "–"), ("reject", "other", "–"), ("approve", "", ""),
        }  # fmt: skip
        assert Reply.objects.filter(case=fifteen).count() == 1
        # No copy is left: an audit that told words would tell these.
        for words in (QUESTION, WORDS, "De 1999.", "Passport of 1999.", "Brava"):
            heap = "SELECT FROM community_auditentry WHERE key = %s AND strpos(told::text, %s) > 0"
            assert ask(heap, str(fifteen.pk), words) == []
    with acting_as(fifteen.member):
        assert [words for words, _at in asked_in(fifteen)] == [""]
    with acting_as(thirteen.member):
        assert [words for words, _at in asked_in(thirteen)] == [QUESTION]


@pytest.mark.parametrize(("days", "are_there"), [(None, True), (13, True), (15.1, False)])
def test_an_appeal_keeps_the_words_until_it_is_over_and_fourteen_days_more(days, are_there):
    case = ended(40)
    late = {}
    if days:
        late = {"status": "rejected", "reason": "other", "decided_at": now() - days * DAY, "waiting_since": None}
    second = CaseFactory(member=case.member, route=case.route, appeal_of=case, note="Vejam outra vez.", **late)
    if are_there:
        prove()
    else:
        with pytest.raises(Overdue):
            prove()
    a_night()
    assert [words_in(case) > 0, words_in(second) > 0] == [are_there] * 2
    prove()


def test_why_a_badge_should_go_is_forgotten_fourteen_days_after_it_was_said_or_it_went():
    ana = MemberFactory(is_staff=True, is_superuser=True)
    ago = now() - 100 * DAY
    worn = {"decided_at": ago, "waiting_since": None, "member": None}

    def proposed(days: float, **fields: Any) -> Case:
        case = CaseFactory(**worn | {"member": MemberFactory()} | fields)
        with without_rules("verification_vote"):
            Vote.objects.create(case=case, by=ana, verdict="revoke", sentence=WHY)
            Vote.objects.filter(case=case).update(at=now() - timedelta(days=days))
        return case

    standing = {"status": "approved", "expires_at": now() + 9 * DAY}
    gone = {"status": "expired", "worn_from": ago, "worn_until": now() + 9 * DAY, "revoked_for": WHY}
    fresh, lapsed = proposed(13, **standing), proposed(15.1, **standing)
    just, long_gone = (proposed(25, expires_at=now() - days * DAY, **gone) for days in (13, 15.1))
    appealed = proposed(25, expires_at=now() - 20 * DAY, **gone)
    CaseFactory(member=appealed.member, route=appealed.route, appeal_of=appealed)
    unsaid = CaseFactory(**worn | {"member": MemberFactory()}, expires_at=now() - 15.1 * DAY, **gone)  # no vote is left
    with pytest.raises(Overdue, match="the words of 3 cases"):
        prove()
    a_night()
    assert [words_in(each) for each in (fresh, just, appealed)] == [1, 2, 2]
    assert [words_in(each) for each in (lapsed, long_gone, unsaid)] == [0, 0, 0]
    prove()
    with as_role("owner"):
        assert Case.objects.get(pk=long_gone.pk).was_taken_back


def test_words_that_are_late_fail_the_proof_loudly_and_tell_nothing_of_themselves():
    case = ended(15.1)
    with structlog.testing.capture_logs() as log, pytest.raises(Overdue) as raised:
        prove()
    assert str(raised.value) == "0 documents, 0 files and the words of 1 cases should be gone"
    assert log == [{"event": "evidence_overdue", "documents": 0, "files": 0, "cases": 1, "log_level": "error"}]
    with as_role("owner"):
        for column, table in (("note", "case"), ("sentence", "case"), ("text", "reply"), ("text", "note")):
            assert ask(f"SELECT count(*) FROM verification_{table} WHERE {column} <> ''") == [(1,)]
    a_night()
    prove()
    for statement in (  # each kind alone is found
        "UPDATE verification_reply SET text = 'x'",
        "UPDATE verification_vote SET sentence = 'x' WHERE verdict = 'approve'",
        "UPDATE verification_vote SET sentence = 'x' WHERE verdict = 'ask'",
        "UPDATE verification_case SET note = 'x'",
        "INSERT INTO verification_note (id, case_id, text, at) SELECT gen_random_uuid(), id, 'x', now()"
        " FROM verification_case",
    ):
        with without_rules("verification_note"):
            run(statement)
        with pytest.raises(Overdue, match="of 1 cases"):
            prove()
        a_night()
        assert words_in(case) == 0
    with as_role("owner"):  # before their time nobody takes the desk's words away, and never says others
        fresh = ended(13)
        for words in ("", "Outras."):
            assert told("UPDATE verification_case SET sentence = %s WHERE id = %s", words, fresh.pk) == (
                "a_decision_stands"
            )
