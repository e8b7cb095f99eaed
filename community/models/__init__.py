from community.models.heritage import Interest, Language, Named, Region
from community.models.people import Member, Profile, Session
from community.models.places import MAX_RADIUS, Borough, Place, PlaceQuerySet, Postcode, TownQuerySet
from community.models.words import Word

__all__ = [
    "MAX_RADIUS",
    "Borough",
    "Interest",
    "Language",
    "Member",
    "Named",
    "Place",
    "PlaceQuerySet",
    "Postcode",
    "Profile",
    "Region",
    "Session",
    "TownQuerySet",
    "Word",
]
