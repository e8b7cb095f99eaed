from verification.models.cases import Case, Conflict, Reason, Reply, Stop, Vote
from verification.models.decisions import SENTENCE, AlreadyDecided, AlreadyTaken
from verification.models.listings import ListingRequest, ListingRequestQuerySet
from verification.models.reports import BY_URGENCY, Report, ReportQuerySet, find_reported

__all__ = [
    "BY_URGENCY",
    "SENTENCE",
    "AlreadyDecided",
    "AlreadyTaken",
    "Case",
    "Conflict",
    "ListingRequest",
    "ListingRequestQuerySet",
    "Reason",
    "Reply",
    "Report",
    "ReportQuerySet",
    "Stop",
    "Vote",
    "find_reported",
]
