from community.models.audit import AuditEntry
from community.models.directory import Appearance
from community.models.heritage import Interest, Language, Named, Region
from community.models.letters import Letter
from community.models.matching import MatchingChoice
from community.models.notices import (
    OFFERED,
    Channel,
    Notice,
    NoticeChoice,
    Topic,
    Weekly,
    WeeklyLetter,
)
from community.models.people import Block, Consent, Device, Member, Profile, Rank, Session, Visibility
from community.models.places import MAX_RADIUS, Borough, Place, PlaceQuerySet, Postcode, TownQuerySet
from community.models.rights import Erasure, Export
from community.models.sections import (
    SECTIONS,
    Arrival,
    Bio,
    Culture,
    Heritage,
    HomeArea,
    Interests,
    Languages,
    LegalName,
    Portrait,
    Section,
)
from community.models.staff import Invitation, Onboarding, StaffChange
from community.models.tokens import Bearer, Scope, Token
from community.models.words import Word

__all__ = [
    "MAX_RADIUS",
    "OFFERED",
    "SECTIONS",
    "Appearance",
    "Arrival",
    "AuditEntry",
    "Bearer",
    "Bio",
    "Block",
    "Borough",
    "Channel",
    "Consent",
    "Culture",
    "Device",
    "Erasure",
    "Export",
    "Heritage",
    "HomeArea",
    "Interest",
    "Interests",
    "Invitation",
    "Language",
    "Languages",
    "LegalName",
    "Letter",
    "MatchingChoice",
    "Member",
    "Named",
    "Notice",
    "NoticeChoice",
    "Onboarding",
    "Place",
    "PlaceQuerySet",
    "Portrait",
    "Postcode",
    "Profile",
    "Rank",
    "Region",
    "Scope",
    "Section",
    "Session",
    "StaffChange",
    "Token",
    "Topic",
    "TownQuerySet",
    "Visibility",
    "Weekly",
    "WeeklyLetter",
    "Word",
]
