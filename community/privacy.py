"""What this app keeps about people, and what the libraries do that keep accounts, jobs and the desk's log."""

from community.registry import DELETED, MEMBER, TOWN, TWO_YEARS, Erasure, Holding, vocabulary

OWN_SECTION = f"t.profile_id = {MEMBER}"
OWN = f"t.member_id = {MEMBER}"
USERS = f"t.user_id = {MEMBER}"
NAMED = "id slug name name_pt name_en position"
BRIEF = "it comes and goes by itself"


def section(name: str, why: str, *, personal: str = "", special: str = "", plain: str = "") -> Holding:
    """A part of a profile."""
    return Holding(
        f"community_{name}",
        f"{why}, seen by whom you choose",
        whose=OWN_SECTION,
        plain=f"visibility updated_at {plain}",
        personal=f"profile_id {personal}",
        special=special,
        erasure=DELETED,
    )


HOLDINGS = [
    Holding(
        "community_notice",
        "what you are told at your account",
        kept="90 days after you read it; unread, a year",
        whose=OWN,
        plain="id topic about in_app in_digest created_at read_at",
        personal="member_id about_id words",
        erasure=DELETED,
        unaudited=BRIEF,
    ),
    Holding(
        "community_noticechoice",
        "of what you wish to be told, and how",
        whose=OWN,
        plain="id",
        personal="member_id topic channels",
        erasure=DELETED,
        unaudited="it changes nothing but what you are sent",
    ),
    Holding(
        "community_weekly",
        "what your weekly letter is made of, if you asked for one",
        whose=OWN,
        personal="member_id languages boroughs",
        special="regions",
        erasure=DELETED,
        unaudited="it changes nothing but what you are sent",
    ),
    Holding(
        "community_weeklyletter",
        "in which weeks you were written to, so that it happens once",
        kept="60 days",
        whose=OWN,
        plain="id",
        personal="member_id week written_at",
        erasure=DELETED,
        unaudited="it is a record of its own",
    ),
    Holding(
        "community_matchingchoice",
        "whether you wish to be matched with others, and a copy of what may be compared",
        whose=OWN,
        plain="place is_standing is_verified is_guarded changes changed_on changed_in",
        personal="member_id opted_in_at active_on",
        special="to_members to_verified",
        withheld={
            "to_members": "a copy of what your profile holds",
            "to_verified": "a copy of what your profile holds",
            "changed_in": "a passing name of a request",
        },
        erasure=DELETED,
    ),
    Holding(
        "community_matchingbits",
        "for each region and interest, at which places of the list someone shows it; no place says whose it is",
        plain="value is_guarded",
        special="bits",
        export="it is about everybody at once",
        erasure=Erasure(
            "the member's place is emptied, by the trigger on their choice; a value that nobody shows any more goes",
            (
                "PERFORM pg_advisory_xact_lock(hashtext('{table}'))",
                "DELETE FROM {table} AS t WHERE t.value <> 'verified' AND bit_count(t.bits) = 0",
            ),
        ),
        unaudited="it follows from what is audited",
    ),
    Holding(
        "community_token",
        "keys you made for programs, under a hash",
        kept="until you revoke it or it expires, and as long as the account",
        whose=OWN,
        plain="id",
        personal="member_id name scopes prefix created_at expires_at last_used_on revoked_at",
        secret="digest",
        erasure=DELETED,
    ),
    Holding(
        "community_appearance",
        "what each kind of reader may find of you in the list of members: copies of your profile, kept by triggers",
        whose=f"t.member = {MEMBER}",
        plain="id audience",
        personal="member sort search",
        special="facets",
        export="copies of what your profile holds",
        erasure=DELETED,
        unaudited="it follows from what is audited",
    ),
    section(
        "portrait",
        "a picture of you",
        personal="picture picture_alt picture_alt_pt picture_alt_en",
        plain="picture_width picture_height",
    ),
    section("bio", "what you say about yourself", personal="text text_pt text_en"),
    section("heritage", "where your family is from, on your explicit consent alone", special="regions"),
    section("interests", "what you like, to find those who like it too", personal="chosen"),
    section(
        "culture", "how you like to meet and what you celebrate", personal="fluency meeting", special="celebrations"
    ),
    section("arrival", "since when London is your home", personal="year"),
    section("homearea", "roughly where you live; never a point", personal="borough_id district_id"),
    section("languages", "what you speak", personal="chosen"),
    Holding(
        "community_legalname",
        "the names on your documents, to verify your heritage; nobody else ever sees them",
        whose=OWN_SECTION,
        plain="updated_at",
        personal="profile_id given_names family_names",
        erasure=DELETED,
    ),
    Holding(
        "community_block",
        "whom you put out of your sight; the other is not told",
        whose=f"t.blocker_id = {MEMBER}",
        touched=f"{MEMBER} IN (t.blocker_id, t.blocked_id)",
        plain="id created_at",
        personal="blocker_id blocked_id name",
        withheld={"blocked_id": "it is about someone else; their name as you knew it is included"},
        erasure=DELETED,
    ),
    Holding(
        "community_consent",
        "what you agreed to, when, and when you took it back: the proof of it",
        whose=OWN,
        plain="id",
        personal="member_id purpose version given_at withdrawn_at",
        erasure=DELETED,
    ),
    Holding(
        "community_export",
        "a copy of your data that is being made or waits for you, sealed",
        kept="until it is taken, or 24 hours",
        whose=OWN,
        plain="id asked_at ready_at expires_at size",
        personal="member_id",
        secret="key",
        erasure=DELETED,
        unaudited="its making is seen on the page itself",
    ),
    Holding(
        "community_session",
        "the browsers you are logged in with",
        kept="until 30 days without a visit (12 hours at the desk), or until you log out",
        whose=OWN,
        plain="door expire_date last_used_on",
        personal="member_id device",
        secret="session_key session_data",
        erasure=DELETED,
        unaudited="logging in is written down with the account",
    ),
    Holding(
        "community_letter",
        "a mail on its way out",
        kept="until it is sent, three days at most",
        plain="id language created_at",
        personal="to subject text html headers",
        erasure=Erasure(
            "deleted",
            (
                f'DELETE FROM {{table}} AS t WHERE lower(t."to") IN ('
                f"SELECT lower(email) FROM community_member WHERE id = {MEMBER} "
                f"UNION SELECT lower(email) FROM account_emailaddress WHERE user_id = {MEMBER})",
            ),
        ),
        unaudited=BRIEF,
    ),
    Holding(
        "account_emailconfirmation",
        "a proof of an e-mail address that is under way",
        whose=f"t.email_address_id IN (SELECT id FROM account_emailaddress WHERE user_id = {MEMBER})",
        plain="id email_address_id created sent",
        secret="key",
        export="it opens an account",
        erasure=DELETED,
        unaudited=BRIEF,
    ),
    Holding(
        "account_emailaddress",
        "your e-mail addresses: to log in, and to write to you",
        whose=USERS,
        plain="id verified primary",
        personal="user_id email",
        erasure=DELETED,
    ),
    Holding(
        "mfa_authenticator",
        "the second step of logging in, sealed",
        whose=USERS,
        plain="id",
        personal="user_id type created_at last_used_at",
        secret="data",
        erasure=DELETED,
    ),
    Holding(
        "community_member_groups",
        "what you may do at the desk, if you work there",
        whose=OWN,
        plain="id",
        personal="member_id group_id",
        export="the desk's own affair; ask it",
        erasure=DELETED,
    ),
    Holding(
        "community_member_user_permissions",
        "what you may do at the desk, if you work there",
        whose=OWN,
        plain="id",
        personal="member_id permission_id",
        export="the desk's own affair; ask it",
        erasure=DELETED,
    ),
    Holding(
        "django_admin_log",
        "what was done at the desk, for the desk to look up",
        kept=TWO_YEARS,
        whose=USERS,
        plain="id action_time content_type_id object_id action_flag",
        personal="user_id object_repr change_message",
        export="it is about what the desk works on",
        erasure=Erasure(
            "what they did is deleted, what was done to their account loses its words",
            (
                "DELETE FROM {table} AS t WHERE {touched}",
                f"UPDATE {{table}} AS t SET object_id = '', object_repr = '', change_message = '' "
                f"WHERE t.object_id = {MEMBER}::text",
            ),
        ),
        unaudited="it is a record of its own",
    ),
    Holding(
        "procrastinate_jobs",
        "work that waits to be done; it carries ids and nothing else",
        kept="a week after it is done",
        plain="id queue_name task_name priority lock status scheduled_at attempts queueing_lock abort_requested "
        "worker_id",
        personal="args",
        erasure=Erasure(
            "those that name the member are deleted",
            (f"DELETE FROM {{table}} AS t WHERE strpos(t.args::text, {MEMBER}::text) > 0",),
        ),
        unaudited=BRIEF,
    ),
    vocabulary("procrastinate_events", "id job_id type at", "when work was taken up and done"),
    vocabulary(
        "procrastinate_periodic_defers", "id task_name defer_timestamp job_id periodic_id", "what is due nightly"
    ),
    vocabulary("procrastinate_workers", "id last_heartbeat", "which workers are up"),
    Holding(
        "community_profile",
        "who you are to others",
        whose=OWN,
        plain="visibility contact",
        personal="member_id display_name withdrawn_at",
        special="heritage_verified_at",
        erasure=DELETED,
    ),
    Holding(
        "community_erasure",
        "that you asked for your account to be erased; afterwards, that an account was, under a keyed hash that leads "
        "back to nobody",
        kept=f"24 hours; afterwards {TWO_YEARS} without a name",
        whose=OWN,
        plain="id asked_at due_at erased_at pictures",
        personal="member_id trace",
        withheld={"pictures": "names of files that are being removed", "trace": "it is empty as long as you are here"},
        erasure=Erasure("the member's id gives way to a keyed hash"),
        unaudited="it is a record of its own",
    ),
    Holding(
        "community_member",
        "your account",
        whose=f"t.id = {MEMBER}",
        plain="is_active is_staff is_superuser",
        personal="id email language last_login joined_at adult_confirmed_at guidelines_version guidelines_accepted_at",
        secret="password",
        erasure=DELETED,
    ),
    Holding(
        "community_auditentry",
        "who changed what and when, so that you and the town can find out what happened",
        kept=TWO_YEARS,
        whose=f"t.subject = {MEMBER}",
        plain="id at door verb kind key changed by_subject",
        personal="actor subject told",
        withheld={"actor": "where it was not you, it is about a moderator"},
        erasure=Erasure(
            "what concerns the member is deleted; where they acted on others, a keyed hash stands for them",
            (
                "DELETE FROM {table} AS t WHERE {touched}",
                f"UPDATE {{table}} AS t SET actor = {{pseudonym}} WHERE t.actor = {MEMBER}",
            ),
        ),
        unaudited="it is the audit",
    ),
    vocabulary("community_region", f"{NAMED} parent_id country"),
    vocabulary("community_interest", f"{NAMED} theme"),
    vocabulary("community_language", "tag name name_pt name_en position"),
    vocabulary("community_borough", "code name slug centre outline is_computed", "London's boroughs"),
    vocabulary(
        "community_place", "id slug name kind borough_id location names", "London's neighbourhoods and districts"
    ),
    vocabulary("community_postcode", "code borough_id location", "postcodes, from open data"),
    vocabulary("community_word", "word bare documents search spellings", "distinct words of what is publicly posted"),
    vocabulary("auth_group", "id name", "names of the desk's groups"),
    Holding("auth_group_permissions", "what the desk's groups may do", kept=TOWN, plain="id group_id permission_id"),
    vocabulary("auth_permission", "id name content_type_id codename", "Django's list of permissions"),
    vocabulary("django_content_type", "id app_label model", "Django's list of tables"),
]
