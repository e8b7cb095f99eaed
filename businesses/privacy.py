"""What this app keeps about people; see ``community/registry.py``."""

from community.registry import TOWN, Holding, vocabulary

NAMED = "id slug name name_pt name_en position"

HOLDINGS = [
    vocabulary("businesses_businesstype", f"{NAMED} group"),
    vocabulary("businesses_specialty", NAMED),
    vocabulary("businesses_business_specialties", "id business_id specialty_id", "what a listed business is known for"),
    vocabulary(
        "businesses_businesslanguage", "id business_id language_id hours", "what is spoken at a listed business"
    ),
    vocabulary("businesses_delisting", "fhrs_id at", "register numbers that stay out, as their owners wished"),
    Holding(
        "businesses_business",
        "listed businesses, for everyone to find: a sole trader's may be a person's. An owner has it corrected or "
        "removed through “Is this your business?” on its page",
        kept=TOWN,
        plain="id slug type_id borough_id opening_hours price_band accessible verified_at confirmed_at fhrs_id is_demo "
        "created_at updated_at search picture_width picture_height",
        personal="name description description_pt description_en address postcode location phone website picture "
        "picture_alt picture_alt_pt picture_alt_en",
    ),
]
