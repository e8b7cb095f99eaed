"""What this app keeps about people; see ``community/registry.py``."""

from community.registry import MEMBER, TWO_YEARS, Erasure, Holding

# Anyone may hand a request in under any address: it is a member's own only where they proved the address.
PROVED = f"SELECT lower(email) FROM account_emailaddress WHERE user_id = {MEMBER} AND verified"

HOLDINGS = [
    Holding(
        "verification_listingrequest",
        "an owner's word about a listing: to check it, and to answer",
        kept=f"until it is decided, and then {TWO_YEARS}",
        whose=f"lower(t.email) IN ({PROVED})",
        plain="id kind business_id business_name language created_at outcome decided_at",
        personal="name email role message sentence decided_by_id",
        withheld={"decided_by_id": "it is about a moderator"},
        erasure=Erasure(
            "deleted while it waits; once decided, what was decided stays and name, address and words go; a decision "
            "of theirs as a moderator stays as a former member's",
            (
                "DELETE FROM {table} AS t WHERE {touched} AND outcome = ''",
                "UPDATE {table} AS t SET name = '', email = '', role = '', message = '', sentence = '' WHERE {touched}",
                f"UPDATE {{table}} AS t SET decided_by_id = NULL WHERE decided_by_id = {MEMBER}",
            ),
        ),
    ),
]
