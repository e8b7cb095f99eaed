from community.models.heritage import Interest, Language, Named, Region
from community.models.letters import Letter
from community.models.people import Device, Member, Profile, Session
from community.models.places import MAX_RADIUS, Borough, Place, PlaceQuerySet, Postcode, TownQuerySet
from community.models.words import Word

__all__ = [
    "MAX_RADIUS",
    "Borough",
    "Device",
    "Interest",
    "Language",
    "Letter",
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
