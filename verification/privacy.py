"""What this app keeps about people; see ``community/registry.py``."""

from community.registry import DELETED, MEMBER, TOWN, TWO_YEARS, Erasure, Holding, vocabulary

# Anyone may hand a request in under any address: it is a member's own only where they proved the address.
OWN = f"t.member_id = {MEMBER}"
PROVED = f"SELECT lower(email) FROM account_emailaddress WHERE user_id = {MEMBER} AND verified"

OWN_CASES = f"t.case_id IN (SELECT id FROM verification_case WHERE member_id = {MEMBER})"
OWN_CLAIMS = f"t.claim_id IN (SELECT r.id FROM verification_listingrequest AS r WHERE r.member_id = {MEMBER})"
OWN_PAPERS = f"({OWN_CASES} OR {OWN_CLAIMS})"
THE_DESKS = "it is the desk's own work; what came of it stands with your case"

OWN_EVIDENCE = (
    "t.evidence_id IN (SELECT e.id FROM verification_evidence AS e LEFT JOIN verification_case AS c "
    "ON c.id = e.case_id LEFT JOIN verification_listingrequest AS r ON r.id = e.claim_id "
    f"WHERE c.member_id = {MEMBER} OR r.member_id = {MEMBER})"
)

HOLDINGS = [
    Holding(
        "verification_news",
        "that something moved in your case, to tell you once",
        kept="as long as the case",
        whose=f"t.member_id = {MEMBER}",
        plain="id case_id at told_at",
        personal="member_id kind",
        erasure=DELETED,
        unaudited="what it tells of is written down",
    ),
    Holding(
        "verification_opening",
        "when a moderator opened a document of yours, and which: the first to open one, the second, and so on",
        kept="as long as the case or the claim",
        whose=OWN_EVIDENCE,
        touched=f"{OWN_EVIDENCE} OR t.by_id = {MEMBER}",
        plain="id evidence_id number at written_in",
        personal="by_id",
        withheld={"by_id": "it is about a moderator", "written_in": "a passing number of the database"},
        erasure=Erasure(
            "deleted; what they opened themselves, as a moderator, a former member did",
            (
                f"DELETE FROM {{table}} AS t WHERE {OWN_EVIDENCE}",
                f"UPDATE {{table}} AS t SET by_id = NULL WHERE by_id = {MEMBER}",
            ),
        ),
        unaudited="it is a record of its own, and is never changed",
    ),
    vocabulary(
        "verification_question",
        "slug nation theme asks_pt asks_en options_pt options_en is_asked",
        "the questions of cultural knowledge",
    ),
    Holding(
        "verification_attempt",
        "what you were asked about where you come from, and whether enough of your answers were right",
        kept="as long as the case",
        whose=OWN_CASES,
        plain="id case_id started_at asked_at answered_at finished_at drawn orders",
        personal="score is_enough choices",
        special="nation",
        withheld={
            "drawn": "the questions stay in the town",
            "orders": "the answers stay in the town",
            "choices": "the answers stay in the town",
            "score": "it would tell which answers are right, a little at a time",
            "asked_at": "it is a moment of the clock that ran",
            "answered_at": "it is a moment of the clock that ran",
        },
        erasure=DELETED,
        unaudited="it is a record of its own, and is never changed once it is over",
    ),
    Holding(
        "verification_vouch",
        "whom you asked to vouch for you, by a link, and what they answered; or for whom you vouched",
        kept="as long as the case",
        whose=f"({OWN_CASES} OR t.referee_id = {MEMBER})",
        plain="id case_id created_at expires_at answered_at",
        personal="referee_id status",
        secret="digest",
        withheld={"referee_id": "it may be about someone else"},
        erasure=Erasure(
            "what they asked for is deleted; their word for others is void where a case or its appeal is open, and a "
            "former member's where it is decided",
            (
                f"DELETE FROM {{table}} AS t WHERE {OWN_CASES}",
                f"PERFORM void_vouches_of({MEMBER})",
                f"UPDATE {{table}} AS t SET referee_id = NULL WHERE referee_id = {MEMBER}",
            ),
        ),
    ),
    Holding(
        "verification_evidence",
        "a document you handed in to have your heritage verified, or to show that a business is yours: sealed for the "
        "desk, destroyed after the decision",
        kept="the document 14 days after the decision, 90 days after you handed it in at the latest, and 24 hours "
        "after you withdrew; that there was one, as long as the case or the claim",
        whose=OWN_PAPERS,
        plain="id case_id claim_id pages key_id uploaded_at destroy_after destroyed_at",
        personal="kind fingerprint",
        secret="sealed_key",
        withheld={"fingerprint": "a keyed hash, against double use", "key_id": "it names a key of the desk's"},
        erasure=Erasure(
            "its key is destroyed at once, and with it the document",
            (
                "UPDATE {table} AS t SET sealed_key = NULL, destroyed_at = coalesce(destroyed_at, now()), "
                "destroy_after = least(destroy_after, now()), fingerprint = '' WHERE {touched}",
            ),
        ),
    ),
    Holding(
        "verification_vote",
        "what a moderator thinks of a case, so that no decision is one person's",
        kept="its words until 14 days after the decision, or that on your appeal; the vote as long as the case",
        whose=OWN_CASES,
        touched=f"{OWN_CASES} OR t.by_id = {MEMBER}",
        plain="id case_id at",
        personal="by_id verdict reason sentence",
        export=THE_DESKS,
        erasure=Erasure(
            "words about the member go; what they voted themselves, as a moderator, a former member did",
            (
                f"UPDATE {{table}} AS t SET sentence = CASE verdict WHEN 'approve' THEN '' ELSE '–' END "
                f"WHERE {OWN_CASES} AND sentence <> ''",
                f"UPDATE {{table}} AS t SET by_id = NULL WHERE by_id = {MEMBER}",
            ),
        ),
        unaudited="it is a record of its own, and what it does to a case is written down",
    ),
    Holding(
        "verification_reply",
        "what you answered when the desk asked",
        kept="the words until 14 days after the decision, or that on your appeal; that you answered, as long as the "
        "case",
        whose=OWN_CASES,
        plain="id case_id at",
        personal="text",
        erasure=DELETED,
        unaudited="it is never changed, and what it does to a case is written down",
    ),
    Holding(
        "verification_conflict",
        "which moderators stand too near to a case or a claim to decide it",
        kept="as long as the case or the claim",
        whose=OWN_PAPERS,
        touched=f"{OWN_PAPERS} OR t.moderator_id = {MEMBER}",
        plain="id case_id claim_id at",
        personal="moderator_id kind",
        export=THE_DESKS,
        erasure=DELETED,
        unaudited="it is never changed",
    ),
    Holding(
        "verification_note",
        "what moderators wrote to one another on a case, so that the second need not find out what the first did",
        kept="until 14 days after the decision, or that on your appeal",
        whose=OWN_CASES,
        touched=f"{OWN_CASES} OR t.by_id = {MEMBER}",
        plain="id case_id at",
        personal="by_id text",
        export=THE_DESKS,
        erasure=Erasure(
            "notes on their cases are deleted; what they wrote themselves, as a moderator, a former member did",
            (
                f"DELETE FROM {{table}} AS t WHERE {OWN_CASES}",
                f"UPDATE {{table}} AS t SET by_id = NULL WHERE by_id = {MEMBER}",
            ),
        ),
    ),
    Holding(
        "verification_savedfilter",
        "which part of the desk's queue a moderator likes to look at, and what they call it",
        kept="until they remove it",
        whose=f"t.member_id = {MEMBER}",
        plain="id of query",
        personal="member_id name",
        export="it is a tool of the desk's, and seen there by whoever made it",
        erasure=DELETED,
        unaudited="it decides nothing, and is seen by nobody else",
    ),
    Holding(
        "verification_stop",
        "that a moderator was stopped, and who lifted it",
        kept=TOWN,
        whose=f"t.moderator_id = {MEMBER}",
        plain="id at lifted_at told_at",
        personal="moderator_id lifted_by_id mark",
        export=THE_DESKS,
        erasure=Erasure(
            "deleted; where they lifted one, a former member did",
            (
                "DELETE FROM {table} AS t WHERE {touched}",
                f"UPDATE {{table}} AS t SET lifted_by_id = NULL WHERE lifted_by_id = {MEMBER}",
            ),
        ),
    ),
    Holding(
        "verification_case",
        "that you asked for your heritage to be verified, by which route, and what was decided, on your explicit "
        "consent alone",
        kept="until it is decided, and then two years; where you wear the badge, two years after it ended. What you "
        "wrote with it and what we wrote to you goes 14 days after the decision, or that on your appeal",
        whose=OWN,
        plain="id number route status language created_at handed_in_at waiting_since claimed_until expires_at "
        "worn_from worn_until appeal_of_id",
        personal="member_id note claimed_by_id decided_at reason sentence revoked_for",
        withheld={
            "claimed_by_id": "it is about a moderator",
            "claimed_until": "it is about a moderator",
        },
        erasure=Erasure(
            "an open one is withdrawn, and the badge ends; that there was a case, its route, its days and its outcome "
            "stay, without the member and their words",
            (
                f"PERFORM end_cases_of({MEMBER})",
                "UPDATE {table} AS t SET note = '', sentence = '', revoked_for = '', member_id = NULL WHERE {touched}",
                f"UPDATE {{table}} AS t SET claimed_by_id = NULL, claimed_until = NULL WHERE claimed_by_id = {MEMBER}",
            ),
        ),
    ),
    Holding(
        "verification_listingrequest",
        "an owner's word about a listing: to check it, and to answer",
        kept=f"until it is decided, and then {TWO_YEARS}",
        whose=f"(lower(t.email) IN ({PROVED}) OR t.member_id = {MEMBER})",
        plain="id kind business_id business_name language way created_at proved_at proved_by claimed_until outcome "
        "decided_at",
        personal="proof_email name email role message reason sentence member_id claimed_by_id decided_by_id",
        withheld={
            "claimed_by_id": "it is about a moderator",
            "claimed_until": "it is about a moderator",
            "decided_by_id": "it is about a moderator",
        },
        erasure=Erasure(
            "deleted while it waits, or withdrawn where there was a document, which is destroyed; once decided, what "
            "was decided stays and name, address and words go; a decision of theirs as a moderator stays as a former "
            "member's",
            (
                "UPDATE {table} AS t SET outcome = 'dropped', decided_at = now(), claimed_by_id = NULL, "
                "claimed_until = NULL WHERE {touched} AND outcome = '' "
                "AND EXISTS (SELECT FROM verification_evidence AS e WHERE e.claim_id = t.id)",
                "DELETE FROM {table} AS t WHERE {touched} AND outcome = ''",
                "UPDATE {table} AS t SET name = '', email = '', proof_email = '', role = '', message = '', "
                "sentence = '' WHERE {touched}",
                f"UPDATE {{table}} AS t SET claimed_by_id = NULL, claimed_until = NULL WHERE claimed_by_id = {MEMBER}",
                f"UPDATE {{table}} AS t SET decided_by_id = NULL WHERE decided_by_id = {MEMBER}",
                f"UPDATE {{table}} AS t SET member_id = NULL WHERE member_id = {MEMBER}",
            ),
        ),
    ),
    Holding(
        "verification_claimcode",
        "that a letter with a code went to a business that you claim; the code as a keyed hash alone",
        kept="until the code is typed, or as long as the claim",
        whose=f"t.request_id IN (SELECT r.id FROM verification_listingrequest AS r WHERE r.member_id = {MEMBER})",
        plain="id request_id printed_at until tries",
        secret="digest",
        export=THE_DESKS,
        erasure=DELETED,
    ),
    Holding(
        "verification_firstpost",
        "that the desk looked at an event of yours, as your account was new, and what it said",
        kept="until it is looked at, and then twelve months",
        whose=f"t.organizer_id = {MEMBER}",
        touched=f"t.organizer_id = {MEMBER} OR t.decided_by_id = {MEMBER} OR t.claimed_by_id = {MEMBER}",
        plain="id event_id created_at claimed_until outcome decided_at",
        personal="organizer_id reason sentence claimed_by_id decided_by_id",
        export="it is the desk's own work; what came of it, it wrote to you",
        erasure=Erasure(
            "deleted; what they decided themselves, as a moderator, a former member did",
            (
                f"DELETE FROM {{table}} AS t WHERE t.organizer_id = {MEMBER}",
                f"UPDATE {{table}} AS t SET claimed_by_id = NULL, claimed_until = NULL WHERE claimed_by_id = {MEMBER}",
                f"UPDATE {{table}} AS t SET decided_by_id = NULL WHERE decided_by_id = {MEMBER}",
            ),
        ),
    ),
    Holding(
        "verification_report",
        "what someone said is not right, to look into it and to answer",
        kept="until it is answered, and then twelve months",
        whose=f"t.reporter_id = {MEMBER}",
        plain="id kind about created_at claimed_until outcome closed_at language",
        personal="about_id about_name message reporter_id email claimed_by_id answer closed_by_id",
        withheld={
            "about_name": "it may be about someone else",
            "claimed_by_id": "it is about a moderator",
            "claimed_until": "it is about a moderator",
            "closed_by_id": "it is about a moderator",
        },
        erasure=Erasure(
            "what is about the member goes once it is answered; until then it waits for its answer about a former "
            "member, without a name; what they reported stays without them and their words; where they answered for "
            "the desk, a former member did",
            (
                f"DELETE FROM {{table}} AS t WHERE about = 'member' AND about_id = {MEMBER} AND outcome <> ''",
                "UPDATE {table} AS t SET about_id = {pseudonym}, about_name = '' "
                f"WHERE about = 'member' AND about_id = {MEMBER}",
                "UPDATE {table} AS t SET reporter_id = NULL, email = '', message = '', answer = '' WHERE {touched}",
                f"UPDATE {{table}} AS t SET claimed_by_id = NULL, claimed_until = NULL WHERE claimed_by_id = {MEMBER}",
                f"UPDATE {{table}} AS t SET closed_by_id = NULL WHERE closed_by_id = {MEMBER}",
            ),
        ),
        unaudited="it is a record of its own: who answered and when",
    ),
]
