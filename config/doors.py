"""What each process may be: no run-time process connects as a role that row security does not bind."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from community.identity import acting_as
from community.models import Member

ROLES = {
    "site": "lusotown_site",
    "desk": "lusotown_desk",
    "worker": "lusotown_worker",
    "owner": "lusotown_owner",
}
RUNTIME_ROLES = [ROLES["site"], ROLES["desk"], ROLES["worker"]]


def _insist_on_being_believed() -> None:
    with acting_as(Member(pk=uuid4())), connection.cursor() as cursor:
        cursor.execute("SELECT current_member() IS NOT NULL")
        if cursor.fetchone() != (True,):
            raise ImproperlyConfigured(
                "The database does not know this DESK_IDENTITY_KEY: run `manage.py prepare` with it."
            )


def refuse_a_role_that_sees_all() -> None:
    """Stop this process if its database role is not the one its door calls for, or is above row security.

    Raises ImproperlyConfigured for a superuser, a role with BYPASSRLS, the owner of any table,
    a member of such a role, or any role but the door's own; for settings left with the role, which every later session
    of the door would begin with (a role may leave its own); and at the desk for a key that the database does not know.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT current_user,
                   bool_or(role.rolsuper),
                   bool_or(role.rolbypassrls),
                   EXISTS (SELECT FROM pg_class
                            WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
                              AND pg_has_role(current_user, relowner, 'MEMBER')),
                   EXISTS (SELECT FROM pg_db_role_setting WHERE setrole = current_user::regrole)
              FROM pg_roles AS role
             WHERE pg_has_role(current_user, role.oid, 'MEMBER')
            """
        )
        role, is_superuser, bypasses, owns, is_set = cursor.fetchone()
    connection.close()
    expected = ROLES[settings.DOOR]
    for is_wrong, reason in (
        (is_superuser, "is, or can become, a superuser"),
        (bypasses, "has, or can gain, BYPASSRLS"),
        (owns, "owns tables, or can become a role that does"),
        (role != expected, f"is not {expected}"),
        (
            is_set,
            "has settings that outlive a session: look at them, then ALTER ROLE … RESET ALL, in each database too",
        ),
    ):
        if is_wrong:
            raise ImproperlyConfigured(f"The {settings.DOOR} door will not start: its database role {role} {reason}.")
    if settings.DOOR == "desk":  # a role that may be here; another would be told of a key
        _insist_on_being_believed()
        connection.close()
