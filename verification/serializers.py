"""A member's own cases as the API tells of them: who at the desk had a part in them by number alone."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from community.addresses import absolute
from community.serializers import clock
from verification.models import NATIONS, OPTIONS, QUESTIONS, Attempt, Case, Evidence, Opening, Reason, Reply, Vouch
from verification.progress import asked_in, missing_in

DOCUMENT_KINDS = [(kind, kind) for kind in Evidence.Kind.values]  # named in the API's description: SPECTACULAR_SETTINGS
LANGUAGES = [code for code, _name in settings.LANGUAGES]


class KnownFields(serializers.Serializer):
    """A body of which every field is known."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        unknown = sorted(set(self.initial_data) - set(self.fields))
        if unknown:
            told = serializers.ErrorDetail(str(_("There is no such field here.")), code="unknown_field")
            raise serializers.ValidationError({name[:100]: [told] for name in unknown})
        return attrs


class OpeningSerializer(serializers.Serializer):
    """A moderator opened a document."""

    at = serializers.DateTimeField()
    moderator = serializers.IntegerField(
        help_text=_("A number that stands for one person at the desk, in all of the member’s cases")
    )


class DocumentSerializer(serializers.Serializer):
    """A document of a case: what its member may know of it, and never the document itself."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Evidence.Kind.values)
    pages = serializers.IntegerField()
    sent_at = serializers.DateTimeField()
    destroyed_at = serializers.DateTimeField(allow_null=True)
    destroyed_at_the_latest = serializers.DateTimeField()
    opened_at = serializers.ListField(child=serializers.DateTimeField(), help_text=_("When a moderator opened it"))
    openings = OpeningSerializer(many=True, help_text=_("The same, with who it was: by number, not by name"))


class ReasonSerializer(serializers.Serializer):
    """Why a case was not approved."""

    code = serializers.ChoiceField(choices=Reason.values)
    text = serializers.CharField(help_text=_("In the language of the answer"))


class QuestionSerializer(serializers.Serializer):
    """What the desk asked in a case, never who; and what its member answered."""

    asked_at = serializers.DateTimeField()
    question = serializers.CharField()
    answered_at = serializers.DateTimeField(allow_null=True)
    answer = serializers.CharField(allow_null=True)


class CaseSerializer(serializers.Serializer):
    """A wish to have one's heritage verified, and what became of it."""

    id = serializers.UUIDField()
    number = serializers.IntegerField(help_text=_("By which people speak of it"))
    url = serializers.URLField()
    page = serializers.URLField()
    route = serializers.ChoiceField(choices=Case.Route.values)
    status = serializers.ChoiceField(choices=Case.Status.values)
    language = serializers.ChoiceField(choices=LANGUAGES)
    note = serializers.CharField()
    missing = serializers.ListField(
        child=serializers.ChoiceField(choices=["document", "questions", "references", "answer", "hand_in"]),
        help_text=_("What its member has still to do; empty while it is the desk’s turn"),
    )
    question = serializers.CharField(allow_null=True, help_text=_("What the desk asks, while it does"))
    questions = QuestionSerializer(many=True, help_text=_("Everything the desk asked so far, and the answers"))
    reason = ReasonSerializer(allow_null=True)
    sentence = serializers.CharField(help_text=_("What the desk adds to its decision, in the language of the case"))
    taken_back_at = serializers.DateTimeField(allow_null=True, help_text=_("When the badge was taken back, if it was"))
    revoked_for = serializers.CharField(help_text=_("Why, until 14 days after it or after the answer to an appeal"))
    created_at = serializers.DateTimeField()
    waiting_since = serializers.DateTimeField(allow_null=True, help_text=_("Since when it is the desk’s turn"))
    decided_at = serializers.DateTimeField(allow_null=True)
    appeal_until = serializers.DateTimeField(allow_null=True)
    valid_until = serializers.DateTimeField(allow_null=True)
    appeal_of = serializers.UUIDField(allow_null=True)
    appeal = serializers.UUIDField(allow_null=True, help_text=_("The case that appeals against this one"))
    documents = DocumentSerializer(many=True)
    timezone = serializers.CharField()

    def to_representation(self, instance: Case) -> dict[str, Any]:
        case, asks = instance, instance.status == Case.Status.NEEDS_INFORMATION
        appeal = Case.objects.filter(appeal_of=case).values_list("pk", flat=True).first()
        may_appeal = appeal is None and case.may_be_appealed(at=now())
        return {
            "id": str(case.pk),
            "number": case.number,
            "url": absolute(reverse("api:verification-request", kwargs={"pk": case.pk})),
            "page": absolute(reverse("my_case", kwargs={"pk": case.pk})),
            "route": case.route,
            "status": case.status,
            "language": case.language,
            "note": case.note,
            "missing": missing_in(case),
            "question": case.sentence if asks else None,
            "questions": _questions(case),
            "reason": {"code": case.reason, "text": case.get_reason_display()} if case.reason else None,
            "sentence": "" if case.is_open else case.sentence,
            "taken_back_at": _clock(case.expires_at if case.was_taken_back else None),
            "revoked_for": case.revoked_for,
            "created_at": clock(case.created_at),
            "waiting_since": _clock(case.waiting_since),
            "decided_at": _clock(case.decided_at),
            "appeal_until": _clock(case.appeal_until if may_appeal else None),
            "valid_until": _clock(case.expires_at),
            "appeal_of": str(case.appeal_of_id) if case.appeal_of_id else None,
            "appeal": str(appeal) if appeal else None,
            "documents": _documents(case),
            "timezone": settings.TIME_ZONE,
        }


class CasesSerializer(serializers.Serializer):
    """A member's own cases, the newest first."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = CaseSerializer(many=True)


class NewCaseSerializer(KnownFields):
    """What a new case needs."""

    route = serializers.ChoiceField(choices=Case.Route.values)
    consent = serializers.BooleanField(
        default=False,
        help_text=_(
            "Whether the member agrees that what they give for this is used to verify their heritage, and for nothing "
            "else. Needed unless that consent stands already"
        ),
    )
    language = serializers.ChoiceField(
        choices=LANGUAGES,
        required=False,
        help_text=_("In which the desk writes; the answer’s language unless given"),
    )
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class NewReplySerializer(KnownFields):
    """The answer to the desk's question."""

    text = serializers.CharField(max_length=2000)


class NewAppealSerializer(KnownFields):
    """Why someone else should look at a refused case again."""

    note = serializers.CharField(max_length=2000)
    language = serializers.ChoiceField(
        choices=LANGUAGES,
        required=False,
        help_text=_("In which the desk writes; the first case’s unless given"),
    )


@extend_schema_field({"type": "string", "format": "binary"})
class UploadField(serializers.FileField):
    """A file in the request's body; described as bytes, not as the address a file has in an answer."""


class NewDocumentSerializer(serializers.Serializer):
    """A document that is handed in: one file a request."""

    kind = serializers.ChoiceField(choices=Evidence.Kind.values)
    file = UploadField(
        allow_empty_file=True,
        help_text=_("JPEG, PNG, HEIC or PDF, up to 10 MB and 20 pages. It cannot be read again"),
    )
    hand_in = serializers.BooleanField(
        default=False, help_text=_("Whether the case goes to the desk with this document")
    )


class ReferenceSerializer(serializers.Serializer):
    """A link for someone to vouch by, and what came of it."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(
        choices=Vouch.Status.values, help_text=_("`void`: a word that was given and counts no longer")
    )
    name = serializers.CharField(allow_null=True, help_text=_("Of whoever gave their word, as far as they show it"))
    link = serializers.URLField(allow_null=True, help_text=_("Told once, in the answer that made it"))
    created_at = serializers.DateTimeField()
    answer_until = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, instance: Vouch, *, name: str = "", link: str | None = None) -> dict[str, Any]:
        return {
            "id": str(instance.pk),
            "status": instance.status,
            "name": name if instance.referee_id else None,
            "link": link,
            "created_at": clock(instance.created_at),
            "answer_until": clock(instance.expires_at),
            "answered_at": _clock(instance.answered_at),
        }


class ReferencesSerializer(serializers.Serializer):
    """The links of a case, the first made first."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ReferenceSerializer(many=True)


class OpenQuestionSerializer(serializers.Serializer):
    """The question that waits for its answer; never which of the options is right."""

    place = serializers.IntegerField(help_text=_("From 1"))
    of = serializers.IntegerField()
    asks = serializers.CharField(help_text=_("In the language of the answer"))
    options = serializers.ListField(child=serializers.CharField())
    seconds_left = serializers.IntegerField()


class AttemptSerializer(serializers.Serializer):
    """A try at the questions about one nation."""

    id = serializers.UUIDField()
    url = serializers.URLField()
    nation = serializers.ChoiceField(choices=sorted(NATIONS))
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    is_enough = serializers.BooleanField(allow_null=True, help_text=_("Once all is over"))
    question = OpenQuestionSerializer(
        allow_null=True, help_text=_("Told at `url` alone: its time runs once it is read")
    )

    def to_representation(self, instance: Attempt, *, asked: dict[str, Any] | None = None) -> dict[str, Any]:
        parts = {"pk": instance.case_id, "attempt": instance.pk}
        return {
            "id": str(instance.pk),
            "url": absolute(reverse("api:verification-attempt", kwargs=parts)),
            "nation": instance.nation,
            "started_at": clock(instance.started_at),
            "finished_at": _clock(instance.finished_at),
            "is_enough": instance.is_enough if instance.finished_at else None,
            "question": asked | {"of": QUESTIONS} if asked else None,
        }


class AttemptsSerializer(serializers.Serializer):
    """The tries of a case, the first begun first."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = AttemptSerializer(many=True)
    tries_left = serializers.IntegerField(help_text=_("Over all cases, within 90 days"))


class NewAttemptSerializer(KnownFields):
    """Which nation someone wants to be asked about."""

    nation = serializers.ChoiceField(choices=sorted(NATIONS))


class NewAnswerSerializer(KnownFields):
    """The answer to one question."""

    place = serializers.IntegerField(min_value=1, max_value=QUESTIONS, help_text=_("Which question it answers, from 1"))
    choice = serializers.IntegerField(min_value=0, max_value=OPTIONS - 1, help_text=_("Which of its options, from 0"))


def _clock(moment: Any) -> str | None:
    return clock(moment) if moment else None


def _questions(case: Case) -> list[dict[str, Any]]:
    replies = Reply.objects.filter(case=case)  # one to each question, but perhaps not yet to the last
    return [
        {
            "asked_at": clock(at),
            "question": question,
            "answered_at": clock(reply.at) if reply else None,
            "answer": reply.text if reply else None,
        }
        for (question, at), reply in zip_longest(asked_in(case), replies)
    ]


def _documents(case: Case) -> list[dict[str, Any]]:
    opened: dict[Any, list[dict[str, Any]]] = {}
    for opening in Opening.objects.told().filter(evidence__case=case).order_by("at"):
        opened.setdefault(opening.evidence_id, []).append({"at": clock(opening.at), "moderator": opening.number})
    return [
        {
            "id": str(paper.pk),
            "kind": paper.kind,
            "pages": paper.pages,
            "sent_at": clock(paper.uploaded_at),
            "destroyed_at": _clock(paper.destroyed_at),
            "destroyed_at_the_latest": clock(paper.destroy_after),
            "opened_at": [opening["at"] for opening in opened.get(paper.pk, [])],
            "openings": opened.get(paper.pk, []),
        }
        for paper in Evidence.objects.told().filter(case=case)
    ]
