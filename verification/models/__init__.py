from verification.models.cases import Case, Conflict, Note, Reason, Reply, Stop, Vote
from verification.models.decisions import SENTENCE, AlreadyDecided, AlreadyTaken
from verification.models.evidence import MOST_FILES, Evidence, Opening
from verification.models.listings import ListingRequest, ListingRequestQuerySet
from verification.models.news import News
from verification.models.questions import ALL_QUESTIONS, NATIONS, OPTIONS, QUESTIONS, TRIES, Attempt, Question
from verification.models.reports import BY_URGENCY, Report, ReportQuerySet, find_reported
from verification.models.vouches import VOUCHES_NEEDED, Vouch

__all__ = [
    "ALL_QUESTIONS",
    "BY_URGENCY",
    "MOST_FILES",
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
    "Conflict",
    "Evidence",
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
    "Stop",
    "Vote",
    "Vouch",
    "find_reported",
]
