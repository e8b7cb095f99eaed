"""What this app keeps about people; see ``community/registry.py``."""

from community.registry import MEMBER, TWO_YEARS, Erasure, Holding

# Anyone may hand a request in under any address: it is a member's own only where they proved the address.
PROVED = f"SELECT lower(email) FROM account_emailaddress WHERE user_id = {MEMBER} AND verified"

HOLDINGS = [
    Holding(
        "verification_listingrequest",
        "an owner's word about a listing: to check it, and to answer",
        kept=f"until it is decided, and then {TWO_YEARS}",
        whose=f"(lower(t.email) IN ({PROVED}) OR t.member_id = {MEMBER})",
        plain="id kind business_id business_name language created_at outcome decided_at",
        personal="name email role message sentence member_id decided_by_id",
        withheld={"decided_by_id": "it is about a moderator"},
        erasure=Erasure(
            "deleted while it waits; once decided, what was decided stays and name, address and words go; a decision "
            "of theirs as a moderator stays as a former member's",
            (
                "DELETE FROM {table} AS t WHERE {touched} AND outcome = ''",
                "UPDATE {table} AS t SET name = '', email = '', role = '', message = '', sentence = '' WHERE {touched}",
                f"UPDATE {{table}} AS t SET decided_by_id = NULL WHERE decided_by_id = {MEMBER}",
                f"UPDATE {{table}} AS t SET member_id = NULL WHERE member_id = {MEMBER}",
            ),
        ),
    ),
    Holding(
        "verification_report",
        "what someone said is not right, to look into it and to answer",
        kept="until it is answered, and then twelve months",
        whose=f"t.reporter_id = {MEMBER}",
        plain="id kind about created_at taken_at outcome closed_at language",
        personal="about_id about_name message reporter_id email taken_by_id answer closed_by_id",
        withheld={
            "about_name": "it may be about someone else",
            "taken_by_id": "it is about a moderator",
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
                f"UPDATE {{table}} AS t SET taken_by_id = NULL WHERE taken_by_id = {MEMBER}",
                f"UPDATE {{table}} AS t SET closed_by_id = NULL WHERE closed_by_id = {MEMBER}",
            ),
        ),
        unaudited="it is a record of its own: who took it, who answered and when",
    ),
]
