from verification.models.cases import Case, Conflict, Reason, Reply, Stop, Vote
from verification.models.decisions import SENTENCE, AlreadyDecided, AlreadyTaken
from verification.models.evidence import MOST_FILES, Evidence, Opening
from verification.models.listings import ListingRequest, ListingRequestQuerySet
from verification.models.reports import BY_URGENCY, Report, ReportQuerySet, find_reported

__all__ = [
    "BY_URGENCY",
    "MOST_FILES",
    "SENTENCE",
    "AlreadyDecided",
    "AlreadyTaken",
    "Case",
    "Conflict",
    "Evidence",
    "ListingRequest",
    "ListingRequestQuerySet",
    "Opening",
    "Reason",
    "Reply",
    "Report",
    "ReportQuerySet",
    "Stop",
    "Vote",
    "find_reported",
]
