from verification.models.cases import Case, Conflict, Note, Reason, Reply, Stop, Vote
from verification.models.decisions import LEASE, SENTENCE, AlreadyDecided, AlreadyTaken, Leased
from verification.models.evidence import MOST_FILES, MOST_PAPERS, Evidence, Opening
from verification.models.filters import MOST_FILTERS, SavedFilter
from verification.models.listings import CODE_GOOD, CODE_TRIES, ClaimCode, ListingRequest, ListingRequestQuerySet
from verification.models.news import News
from verification.models.posts import FirstPost
from verification.models.questions import ALL_QUESTIONS, NATIONS, OPTIONS, QUESTIONS, TRIES, Attempt, Question
from verification.models.reports import BY_URGENCY, Report, ReportQuerySet, find_reported
from verification.models.vouches import VOUCHES_NEEDED, Vouch

__all__ = [
    "ALL_QUESTIONS",
    "BY_URGENCY",
    "CODE_GOOD",
    "CODE_TRIES",
    "LEASE",
    "MOST_FILES",
    "MOST_FILTERS",
    "MOST_PAPERS",
    "NATIONS",
    "OPTIONS",
    "QUESTIONS",
    "SENTENCE",
    "TRIES",
    "VOUCHES_NEEDED",
    "AlreadyDecided",
    "AlreadyTaken",
    "Attempt",
    "Case",
    "ClaimCode",
    "Conflict",
    "Evidence",
    "FirstPost",
    "Leased",
    "ListingRequest",
    "ListingRequestQuerySet",
    "News",
    "Note",
    "Opening",
    "Question",
    "Reason",
    "Reply",
    "Report",
    "ReportQuerySet",
    "SavedFilter",
    "Stop",
    "Vote",
    "Vouch",
    "find_reported",
]
