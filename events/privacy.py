"""What this app keeps about people; see ``community/registry.py``."""

from community.registry import MEMBER, WITH_PARENT, Erasure, Holding, vocabulary

# What nobody else has been told of is nobody else's: it goes. What was announced, others count on.
OWN_ONLY = "(e.status = 'draft' OR e.visibility = 'private')"
OF_MEMBER = f"EXISTS (SELECT FROM events_event AS e WHERE e.id = t.event_id AND e.organizer_id = {MEMBER})"
GOES = Erasure(
    WITH_PARENT,
    (
        "DELETE FROM {table} AS t USING events_event AS e "
        f"WHERE e.id = t.event_id AND e.organizer_id = {MEMBER} AND {OWN_ONLY}",
    ),
)
NAMED = "id slug name name_pt name_en position"
SEEN = "what is said of the event, where the event's own entry is written"


def link(name: str) -> Holding:
    return Holding(
        f"events_event_{name}s",
        "what an event is about, and in which languages",
        whose=OF_MEMBER,
        plain=f"id event_id {name}_id",
        erasure=GOES,
        unaudited=SEEN,
    )


HOLDINGS = [
    link("region"),
    link("language"),
    link("tag"),
    Holding(
        "events_turnout",
        "how many come to an event; never who",
        plain="event_id attending waitlisted",
        whose=OF_MEMBER,
        erasure=GOES,
        unaudited="numbers alone",
    ),
    Holding(
        "events_posting",
        "the board: what is announced to anyone, ready to be found",
        kept="as long as the event",
        whose=f"t.organizer = {MEMBER}",
        plain=(
            "event_id starts_at ends_at is_over created_at updated_at status category regions languages tags "
            "borough business price_pence is_online is_accessible popularity location search"
        ),
        personal="organizer",
        export="it repeats what stands in your events",
        erasure=Erasure("brought up to date with its event, by trigger"),
        unaudited="it follows the event, by trigger",
    ),
    Holding(
        "events_event",
        "the events you announce or prepare",
        whose=f"t.organizer_id = {MEMBER}",
        plain="id slug category_id status visibility starts_at ends_at timezone format business_id borough_id "
        "price_pence capacity accessibility sequence is_demo created_at updated_at picture_width picture_height",
        personal="organizer_id title title_pt title_en description description_pt description_en "
        "cultural_significance cultural_significance_pt cultural_significance_en picture picture_alt picture_alt_pt "
        "picture_alt_en online_url venue_name address postcode location",
        erasure=Erasure(
            "drafts and private events are deleted; what was announced stays, as others count on it, with “former "
            "member” in the place of its organiser",
            (
                f"DELETE FROM {{table}} AS e WHERE e.organizer_id = {MEMBER} AND {OWN_ONLY}",
                "UPDATE {table} AS t SET organizer_id = NULL, updated_at = now() WHERE {touched}",
            ),
        ),
    ),
    vocabulary("events_category", NAMED),
    vocabulary("events_tag", NAMED),
]
