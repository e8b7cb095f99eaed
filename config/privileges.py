"""What each run-time role may do to each table: the whole matrix, on one screen.

Row security (the policies in the migrations) says which *rows*; this says which *verbs and columns*.
``manage.py prepare`` grants exactly this and revokes the rest; a test holds the database to it, and
every table to being either under row security or in ``PUBLIC`` with its reason.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import Q

READ = "SELECT"
KEEP = "SELECT, INSERT, UPDATE, DELETE"


class Rights(NamedTuple):
    """Verbs for each run-time role, as in GRANT; empty for none."""

    site: str = ""
    desk: str = ""
    worker: str = ""


VOCABULARY = Rights(site=READ, desk="SELECT, INSERT, UPDATE", worker=READ)
SECTION = Rights(site=KEEP, worker=READ)
OWN_ACCOUNT = (
    "SELECT, INSERT, UPDATE (email, password, last_login, language, guidelines_version, guidelines_accepted_at)"
)
# What the desk writes in one, as triggers allow it: never since when it is there or what its member declared. By
# columns, as a right to the whole table is one to lock it.
ACCOUNT_KEPT = "SELECT, UPDATE (email, password, last_login, language, is_active)"
# An account as its member may take it along: everything but the password.
ACCOUNT_TOLD = (
    "id, email, language, is_active, is_staff, is_superuser, last_login, joined_at, adult_confirmed_at, "
    "guidelines_version, guidelines_accepted_at"
)
# Everything but who did it: a member reads that the desk changed something, not which moderator.
AUDIT_TOLD = "id, at, door, subject, by_subject, verb, kind, key, changed, told"
# A case as its member reads it: everything but who at the desk looks after it.
CASE_TOLD = (
    "id, number, member_id, route, status, language, note, created_at, handed_in_at, waiting_since, decided_at, "
    "reason, sentence, expires_at, revoked_for, worn_from, worn_until, appeal_of_id"
)
EVIDENCE_TOLD = "id, case_id, claim_id, kind, pages, uploaded_at, destroy_after, destroyed_at"
VOUCH_TOLD = "id, case_id, referee_id, status, created_at, expires_at, answered_at"
# Everything but what the link opens with.
INVITATION_TOLD = (
    "id, member_id, rank, starts_anew, invited_by_id, invited_at, seconded_by_id, seconded_at, by_operator, "
    "expires_at, accepted_at, withdrawn_at"
)
# Never which answer was right; and how many were is the desk's to know: to others it tells of the answers.
ATTEMPT_TOLD = "id, case_id, nation, started_at, finished_at, is_enough"
# A door puts jobs in and counts how many wait (config/health.py); what they are about, it does not read.
JOBS_PUT_IN = "SELECT (id, status), INSERT (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)"
EVENTS_PUT_IN = "INSERT (job_id, type, at)"

PRIVILEGES: dict[str, Rights] = {
    # people
    "community_member": Rights(site=OWN_ACCOUNT, desk=ACCOUNT_KEPT, worker=f"SELECT ({ACCOUNT_TOLD})"),
    "community_profile": Rights(
        site="SELECT, INSERT, UPDATE (display_name, visibility, contact)",
        desk="SELECT, INSERT, UPDATE (display_name)",  # never the badge, nor who sees them, nor that they left
        worker=READ,
    ),
    # The desk has no right to any section: it sees members as members do, on the site.
    "community_portrait": SECTION,
    "community_bio": SECTION,
    "community_heritage": SECTION,
    "community_interests": SECTION,
    "community_culture": SECTION,
    "community_arrival": SECTION,
    "community_homearea": SECTION,
    "community_languages": SECTION,
    "community_legalname": SECTION,
    "community_block": Rights(site="SELECT, INSERT, DELETE", worker=READ),
    "community_consent": Rights(site="SELECT, INSERT, UPDATE (withdrawn_at)", worker=READ),
    "community_matchingchoice": Rights(site="SELECT, INSERT, UPDATE (opted_in_at)", worker=READ),
    "community_matchingbits": Rights(),  # read by functions alone
    "community_token": Rights(site="SELECT, INSERT, UPDATE (revoked_at)", worker=READ),
    "community_appearance": Rights(),
    "community_deskkey": Rights(),
    "community_turn": Rights(),
    "community_session": Rights(site=KEEP, desk=KEEP, worker="SELECT, DELETE"),
    "community_device": Rights(site="SELECT, DELETE", desk="SELECT, DELETE"),
    "community_letter": Rights(site="INSERT", desk="INSERT", worker="SELECT, INSERT, DELETE"),
    # What members are told. The desk leaves notices it cannot read; the worker reads them as the member,
    # and leaves some about their case.
    "community_notice": Rights(site="SELECT, UPDATE (read_at)", desk="INSERT", worker="SELECT, INSERT"),
    "community_noticechoice": Rights(site="SELECT, INSERT, UPDATE (channels)", desk=READ, worker=READ),
    "community_weekly": Rights(site="SELECT, INSERT, DELETE, UPDATE (languages, regions, boroughs)", worker=READ),
    "community_weeklyletter": Rights(worker="SELECT, INSERT"),
    "account_emailaddress": Rights(site=KEEP, desk=READ, worker=READ),
    "account_emailconfirmation": Rights(),
    "socialaccount_socialaccount": Rights(site=KEEP, worker=READ),
    # These two are always empty: no policy lets anybody see or add a row. Removing a connection asks the first in vain.
    "socialaccount_socialtoken": Rights(site="SELECT, DELETE"),
    "socialaccount_socialapp": Rights(),
    "mfa_authenticator": Rights(site=KEEP, desk=KEEP, worker="SELECT (id, user_id, type, created_at, last_used_at)"),
    "community_auditentry": Rights(site=f"SELECT ({AUDIT_TOLD})", desk=READ, worker=f"SELECT ({AUDIT_TOLD})"),
    "community_export": Rights(
        site="SELECT, INSERT, DELETE", worker="SELECT, DELETE, UPDATE (ready_at, expires_at, size, key)"
    ),
    "community_erasure": Rights(site=READ, worker="SELECT, UPDATE (pictures, erased_at)"),
    # Ranks are given by functions alone, which ask for two words (community/migrations/0086).
    "community_member_groups": Rights(desk=READ),
    "community_member_user_permissions": Rights(desk=READ),
    "community_invitation": Rights(desk=f"SELECT ({INVITATION_TOLD})"),
    "community_staffchange": Rights(desk=READ, worker=READ),
    "community_onboarding": Rights(desk="SELECT, INSERT", worker=READ),
    # vocabulary and places
    "community_region": VOCABULARY,
    "community_interest": VOCABULARY,
    "community_language": VOCABULARY,
    "community_borough": Rights(site=READ, desk=READ, worker=READ),
    "community_place": Rights(site=READ, desk=READ, worker=READ),
    "community_postcode": Rights(site=READ, desk=READ, worker=READ),
    "community_word": Rights(site=READ, desk=READ, worker=READ),
    # businesses
    "businesses_business": Rights(site=READ, desk=KEEP, worker=READ),
    "businesses_business_specialties": Rights(site=READ, desk=KEEP, worker=READ),
    "businesses_businesslanguage": Rights(site=READ, desk=KEEP, worker=READ),
    "businesses_businesstype": VOCABULARY,
    "businesses_specialty": VOCABULARY,
    "businesses_delisting": Rights(desk="SELECT, INSERT, DELETE"),
    # events
    "events_event": Rights(site="SELECT, INSERT, UPDATE", desk="SELECT, INSERT, UPDATE", worker=READ),
    "events_event_regions": Rights(site="SELECT, INSERT, DELETE", desk=KEEP, worker=READ),
    "events_event_languages": Rights(site="SELECT, INSERT, DELETE", desk=KEEP, worker=READ),
    "events_event_tags": Rights(site="SELECT, INSERT, DELETE", desk=KEEP, worker=READ),
    "events_posting": Rights(site=READ, desk=READ, worker="SELECT, UPDATE (is_over)"),
    "events_turnout": Rights(site=READ, desk=READ, worker=READ),
    "events_category": VOCABULARY,
    "events_tag": VOCABULARY,
    # verification
    "verification_listingrequest": Rights(
        # Whoever was logged in as they handed it in reads what became of it.
        site="INSERT, SELECT (id, kind, business_name, member_id, created_at, outcome)",
        desk="SELECT, UPDATE (claimed_by_id, claimed_until, outcome, decided_at, decided_by_id, reason, sentence)",
        worker=READ,
    ),
    # A code goes in as a keyed hash and never comes out.
    "verification_claimcode": Rights(desk="INSERT, SELECT (id, request_id, printed_at, until, tries)"),
    "verification_firstpost": Rights(
        desk="SELECT, UPDATE (claimed_by_id, claimed_until, outcome, reason, sentence, decided_at, decided_by_id)"
    ),
    "verification_report": Rights(
        # Whoever reported reads their own again, but not who at the desk looked after it.
        site="INSERT, SELECT (id, kind, about, about_id, message, reporter_id, created_at, outcome, answer, closed_at)",
        desk="SELECT, UPDATE (claimed_by_id, claimed_until, outcome, answer, closed_by_id, closed_at)",
        # A member takes along what they reported, and not who looked after it or what the desk called it.
        worker="SELECT (id, kind, about, about_id, message, reporter_id, email, language, created_at, "
        "outcome, answer, closed_at)",
    ),
    # No role changes a case, nor what hangs on it: it moves by votes, replies and functions.
    "verification_case": Rights(site=f"INSERT, SELECT ({CASE_TOLD})", desk=READ, worker=f"SELECT ({CASE_TOLD})"),
    "verification_vote": Rights(desk="SELECT, INSERT"),
    "verification_reply": Rights(site="SELECT, INSERT", desk=READ, worker=READ),
    "verification_conflict": Rights(desk="SELECT, INSERT"),
    "verification_note": Rights(desk="SELECT, INSERT"),
    "verification_savedfilter": Rights(desk="SELECT, INSERT, DELETE"),
    "verification_stop": Rights(desk=READ),
    # Triggers write what is to be told; the worker marks it as told, as the member.
    "verification_news": Rights(site=READ, worker="SELECT, UPDATE (told_at)"),
    # A key goes in and never comes out; the desk is given one by opened_key() alone.
    "verification_evidence": Rights(
        site=f"INSERT, SELECT ({EVIDENCE_TOLD})",
        desk=f"SELECT ({EVIDENCE_TOLD}, fingerprint)",
        worker=f"SELECT ({EVIDENCE_TOLD})",
    ),
    # A member reads when, and the number of who; no name.
    "verification_opening": Rights(
        site="SELECT (id, evidence_id, number, at)", desk=READ, worker="SELECT (id, evidence_id, number, at)"
    ),
    "verification_vouch": Rights(
        site=f"INSERT, SELECT ({VOUCH_TOLD})", desk=f"SELECT ({VOUCH_TOLD})", worker=f"SELECT ({VOUCH_TOLD})"
    ),
    "verification_question": Rights(),  # read by functions alone
    "verification_attempt": Rights(
        site=f"SELECT ({ATTEMPT_TOLD})", desk=f"SELECT ({ATTEMPT_TOLD}, score)", worker=f"SELECT ({ATTEMPT_TOLD})"
    ),
    # Django's and the queue's own
    "auth_group": Rights(desk=READ),
    "auth_group_permissions": Rights(desk=READ),
    "auth_permission": Rights(desk=READ),
    "django_content_type": Rights(site=READ, desk=READ, worker=READ),
    "django_migrations": Rights(desk=READ, worker=READ, site=READ),
    "django_admin_log": Rights(desk="SELECT, INSERT"),
    "procrastinate_jobs": Rights(site=JOBS_PUT_IN, desk=JOBS_PUT_IN, worker=KEEP),
    "procrastinate_events": Rights(site=EVENTS_PUT_IN, desk=EVENTS_PUT_IN, worker=KEEP),  # by the triggers of jobs
    "procrastinate_periodic_defers": Rights(worker=KEEP),
    "procrastinate_workers": Rights(worker=KEEP),
}

# Tables without row security, each with its reason.
_SEARCHED = "searched by text and map, where a policy would cost the index; every row is public by decision"
_WORDS = "the town's vocabulary: the same for everyone"
_QUEUE = "jobs carry ids and nothing else"
PUBLIC: dict[str, str] = {
    "community_region": _WORDS,
    "community_interest": _WORDS,
    "community_language": _WORDS,
    "community_borough": _WORDS,
    "community_place": _WORDS,
    "community_postcode": _WORDS,
    "community_appearance": "what may be found of members; no role has any right to it, find_members() alone reads it",
    "community_deskkey": "what the desk's word is checked by; no role has any right to it",
    "community_turn": "at whose rows functions wait for each other; no role has any right to it, so none can lock them",
    "community_word": "distinct words of what is publicly posted",
    "businesses_business": _SEARCHED,
    "businesses_business_specialties": _SEARCHED,
    "businesses_businesslanguage": _SEARCHED,
    "businesses_businesstype": _WORDS,
    "businesses_specialty": _WORDS,
    "businesses_delisting": "register numbers of removed listings; only the desk has any right to it",
    "events_posting": _SEARCHED,
    "events_category": _WORDS,
    "events_tag": _WORDS,
    "auth_permission": "Django's list of permissions; no person in it",
    "django_content_type": "Django's list of models; no person in it",
    "django_migrations": "which migrations ran",
    "procrastinate_jobs": _QUEUE,
    "procrastinate_events": _QUEUE,
    "procrastinate_periodic_defers": _QUEUE,
    "procrastinate_workers": _QUEUE,
}

# The ranks at the desk, as groups; an administrator does everything. What a moderator does is the town's daily work:
# cases, owners' wishes, reports, and what is listed. A senior also keeps the words the town is sorted by, and sees how
# the desk itself is doing. Whoever was stopped is let go on by an administrator.
MODERATORS, SENIORS = "Moderators", "Seniors"
_KEPT_APPS = ("businesses", "events", "verification")
_WORD_MODELS = ("region", "interest", "language", "businesstype", "specialty", "category", "tag")
_SENIOR = Q(codename="view_statistics") | (Q(content_type__model__in=_WORD_MODELS) & ~Q(codename__startswith="view_"))
_DAILY = Q(content_type__app_label__in=_KEPT_APPS) | Q(content_type__app_label="community") & (
    Q(content_type__model__in=("member", "profile"), codename__regex="^(view|change)_")
    | Q(content_type__model__in=("borough", "place", "postcode"), codename__startswith="view_")
    | Q(content_type__model__in=_WORD_MODELS)
)
RANKS = {MODERATORS: _DAILY & ~_SENIOR, SENIORS: _DAILY}

RUNTIME_ROLES = {door: f"lusotown_{door}" for door in Rights._fields}


def grant() -> None:
    """Give each run-time role exactly these rights, and take every other. Run as the owner, in one transaction.

    A trigger needs no right of whoever sets it off, so nobody keeps the right to call its function.
    """
    roles = ", ".join(RUNTIME_ROLES.values())
    statements = [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {roles}",
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, {roles}",
    ]
    for table, rights in PRIVILEGES.items():
        for door, verbs in rights._asdict().items():
            if verbs:
                statements.append(f'GRANT {verbs} ON "{table}" TO {RUNTIME_ROLES[door]}')
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        for function in _trigger_functions(cursor):
            cursor.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        for table, sequence in _sequences(cursor):
            for door, verbs in PRIVILEGES.get(table, Rights())._asdict().items():
                if "INSERT" in verbs:
                    cursor.execute(f'GRANT USAGE ON SEQUENCE "{sequence}" TO {RUNTIME_ROLES[door]}')


def tell_desk_key() -> None:
    """Let the database check what the desk's process signs: HMAC's two padded keys (RFC 2104). Run as the owner."""
    key = settings.DESK_IDENTITY_KEY
    if len(key) < 32:
        raise ImproperlyConfigured("DESK_IDENTITY_KEY is missing or short: nobody could act at the desk.")
    key = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    pads = [bytes(byte ^ pad for byte in key) for pad in (0x36, 0x5C)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO community_deskkey (inner_pad, outer_pad) VALUES (%s, %s)"
            " ON CONFLICT (one) DO UPDATE SET inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad",
            pads,
        )


def found_moderators() -> None:
    """Make the groups of the desk, and let each do exactly what is said here: nobody changes that at the desk."""
    for name, may in RANKS.items():
        group, _is_new = Group.objects.get_or_create(name=name)
        group.permissions.set(Permission.objects.filter(may))


def _trigger_functions(cursor) -> list[str]:
    """Those that triggers call: whoever may execute one can hang it on a table of their own, and have it run as us."""
    cursor.execute(
        """
        SELECT oid::regprocedure::text FROM pg_proc
         WHERE pronamespace = 'public'::regnamespace AND prorettype = 'trigger'::regtype
           AND proowner = current_user::regrole
        """
    )
    return [function for (function,) in cursor.fetchall()]


def _sequences(cursor) -> list[tuple[str, str]]:
    cursor.execute(
        """
        SELECT t.relname, s.relname
          FROM pg_class AS s
          JOIN pg_depend AS d ON d.objid = s.oid AND d.deptype IN ('a', 'i') AND d.refclassid = 'pg_class'::regclass
          JOIN pg_class AS t ON t.oid = d.refobjid
         WHERE s.relkind = 'S' AND s.relnamespace = 'public'::regnamespace
        """
    )
    return cursor.fetchall()
