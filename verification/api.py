"""A member's own verification in the API: beginning a case, giving what it asks for, where it stands, every way out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import translation
from django.utils.http import quote_etag
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException, ErrorDetail, Throttled, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from community.answers import Changed, Endpoint, InScope
from community.idempotency import once_per_key
from community.identity import if_undone
from community.models import Member
from community.throttles import PAPERS, is_through
from verification import cases, papers, sealing
from verification.models import TRIES, AlreadyDecided, Attempt, Case, Evidence, Vouch
from verification.progress import named
from verification.serializers import (
    AttemptSerializer,
    AttemptsSerializer,
    CaseSerializer,
    CasesSerializer,
    KnownFields,
    NewAnswerSerializer,
    NewAppealSerializer,
    NewAttemptSerializer,
    NewCaseSerializer,
    NewDocumentSerializer,
    NewReplySerializer,
    ReferenceSerializer,
    ReferencesSerializer,
)
from verification.uploads import hold_in_memory

READ, WRITE = "verification:read", "verification:write"


class MovedOn(APIException):
    """The rules do not allow it as things stand; ``errors`` names the one."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.told = cases.in_words(error)
        self.errors = [{"field": "", "code": getattr(error, "rule", "moved_on"), "detail": self.told}]


@contextmanager
def by_the_rules() -> Iterator[None]:
    """Do something by the rules; the one that stands in the way is a 409, and nothing has changed."""
    try:
        with transaction.atomic():
            yield
    except (cases.Refused, AlreadyDecided) as error:
        raise MovedOn(error) from error


class CannotSeal(APIException):
    """The desk's key is missing: nothing may be taken."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    kind, wait = "cannot_seal", 3600


class Verification(Endpoint):
    """What the endpoints of verification share."""

    permission_classes = [InScope]
    is_private = True
    scopes: ClassVar[dict[str, str]] = {
        "GET": READ,
        "HEAD": READ,
        "OPTIONS": READ,
        "POST": WRITE,
        "DELETE": WRITE,
    }

    def me(self) -> Member:
        return Member(pk=self.request.user.pk)

    def own_case(self, pk: UUID) -> Case:
        case = Case.objects.of(self.me()).filter(pk=pk).first()
        if case is None:
            raise Http404
        return case

    def said(self, shape: type[Serializer]) -> dict[str, Any]:
        """What the body says; a field that is bad or not of this shape is a 400."""
        asked = shape(data=self.request.data)
        asked.is_valid(raise_exception=True)
        return asked.validated_data

    def unchanged(self, pk: UUID) -> Case:
        """A case of one's own, if it is as the caller says that they read it."""
        case = self.own_case(pk)
        if (given := self.request.headers.get("If-Match")) and given != "*" and etag(case) not in given:
            raise Changed
        return case

    def told(self, pk: UUID, *, status: int = 200) -> Response:
        """A case as it is now, with its strong tag."""
        case = self.own_case(pk)
        return Response(CaseSerializer().to_representation(case), status, headers={"ETag": etag(case)})


class Cases(Verification):
    """One's own cases, the newest first; and a new one."""

    http_method_names = ["get", "head", "post", "options"]

    @extend_schema(operation_id="my_verifications", responses=CasesSerializer)
    def get(self, request: Request) -> Response:
        rows = [CaseSerializer().to_representation(case) for case in Case.objects.of(self.me())]
        return Response({"next": None, "previous": None, "results": rows})

    @extend_schema(operation_id="begin_verification", request=NewCaseSerializer, responses={201: CaseSerializer})
    @once_per_key
    def post(self, request: Request) -> Response:
        said = self.said(NewCaseSerializer)
        if not said["consent"] and not cases.has_consented(self.me()):
            told = _("Without the member’s consent nothing of this may be looked at: say “consent”: true for them.")
            raise ValidationError({"consent": [ErrorDetail(told, code="consent_needed")]})
        language = said.get("language") or get_language() or settings.LANGUAGE_CODE
        with by_the_rules():
            case = cases.begin(self.me(), said["route"], language=language, note=said["note"])
        return self.told(case.pk, status=201)


class OneCase(Verification):
    """One's own case: where it stands, and its end by withdrawing."""

    http_method_names = ["get", "head", "delete", "options"]

    @extend_schema(operation_id="my_verification", responses=CaseSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        return self.told(pk)

    @extend_schema(operation_id="withdraw_verification", responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        case = self.unchanged(pk)
        with by_the_rules():
            cases.withdraw(case)
            for paper in Evidence.objects.told().standing().filter(case__in=[case.pk, case.appeal_of_id]):
                cases.destroy_now(paper)
        return Response(status=204)


class HandIn(Verification):
    """A case is given to the desk."""

    http_method_names = ["post", "options"]

    @extend_schema(operation_id="hand_in_verification", request=None, responses=CaseSerializer)
    @once_per_key
    def post(self, request: Request, pk: UUID) -> Response:
        case = self.own_case(pk)
        self.said(KnownFields)
        with by_the_rules():
            cases.hand_in(case)
        return self.told(pk)


class Replies(Verification):
    """What the desk asked is answered, which gives the case back."""

    http_method_names = ["post", "options"]

    @extend_schema(operation_id="reply_in_verification", request=NewReplySerializer, responses={201: CaseSerializer})
    @once_per_key
    def post(self, request: Request, pk: UUID) -> Response:
        case, said = self.own_case(pk), self.said(NewReplySerializer)
        with by_the_rules():
            cases.reply(case, said["text"])
        return self.told(pk, status=201)


class Appeals(Verification):
    """Someone else is asked to look at a refusal again: a case of its own, whose answer is final."""

    http_method_names = ["post", "options"]

    @extend_schema(operation_id="appeal_verification", request=NewAppealSerializer, responses={201: CaseSerializer})
    @once_per_key
    def post(self, request: Request, pk: UUID) -> Response:
        case, said = self.own_case(pk), self.said(NewAppealSerializer)
        with by_the_rules():
            appeal = cases.appeal(case, **{"language": case.language} | said)
        return self.told(appeal.pk, status=201)


class Documents(Verification):
    """Where documents of a case are sent; they can be read by the desk alone."""

    http_method_names = ["post", "options"]
    parser_classes = [MultiPartParser]
    largest = papers.MAX_BYTES + 1024 * 1024  # with the form around it

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        hold_in_memory(request)
        return super().dispatch(request, *args, **kwargs)

    @extend_schema(operation_id="send_document", request=NewDocumentSerializer, responses={201: CaseSerializer})
    @once_per_key
    def post(self, request: Request, pk: UUID) -> Response:
        case = self.own_case(pk)
        if not is_through(PAPERS, str(request.user.pk)):
            raise Throttled(wait=600)
        if not case.is_with_its_member or case.route != Case.Route.DOCUMENT:
            raise MovedOn(AlreadyDecided())
        if not sealing.can_seal():
            raise CannotSeal
        asked = NewDocumentSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        if sum(len(files) for _name, files in request.FILES.lists()) > 1:
            raise ValidationError({"file": [ErrorDetail(str(_("One file a request.")), code="one_file")]})
        self.take(case, **asked.validated_data)
        return self.told(pk, status=201)

    def take(self, case: Case, *, kind: str, file: Any, hand_in: bool) -> None:
        """Copy it before anything is locked, then keep it, and hand the case in if that was said; both or neither."""
        try:
            copies = papers.copied(file)
        except papers.Refusal as refused:
            raise ValidationError({"file": [ErrorDetail(refused.messages[0], code=str(refused.code))]}) from refused
        file.seek(0)
        kept: list[UUID] = []
        try:
            with transaction.atomic():
                kept.append(cases.hand_in_paper(case, kind, copies, document=file.read()).pk)
                if_undone(self.request._request, partial(sealing.discard, kept[0]))
                if hand_in and case.status == Case.Status.PENDING:
                    cases.hand_in(case)
        except (cases.Refused, AlreadyDecided) as error:
            for paper in kept:
                sealing.discard(paper)
            raise MovedOn(error) from error


class OneDocument(Verification):
    """One document of a case: there is nothing to read of it here, but it can be destroyed."""

    http_method_names = ["delete", "options"]

    @extend_schema(operation_id="remove_document", responses={204: None})
    def delete(self, request: Request, pk: UUID, document: UUID) -> Response:
        case = self.unchanged(pk)
        paper = get_object_or_404(Evidence.objects.told().standing(), pk=document, case=case)
        with by_the_rules():
            cases.destroy_now(paper)
        return Response(status=204)


class References(Verification):
    """The links of a case to vouch by; and a new one, told this once.

    Under an ``Idempotency-Key`` the answer, and the link in it, is kept for a day as that says: encrypted with the key.
    """

    http_method_names = ["get", "head", "post", "options"]

    @extend_schema(operation_id="my_references", responses=ReferencesSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        rows = [ReferenceSerializer().to_representation(vouch, name=name) for vouch, name in named(self.own_case(pk))]
        return Response({"next": None, "previous": None, "results": rows})

    @extend_schema(operation_id="ask_for_reference", request=None, responses={201: ReferenceSerializer})
    @once_per_key
    def post(self, request: Request, pk: UUID) -> Response:
        case = self.own_case(pk)
        self.said(KnownFields)
        with by_the_rules():
            made, token = cases.ask_for_vouch(case)
        vouch = Vouch.objects.told().get(pk=made.pk)
        return Response(ReferenceSerializer().to_representation(vouch, link=cases.link_of(token)), 201)


class Attempts(Verification):
    """One's tries at the questions; and a new one."""

    http_method_names = ["get", "head", "post", "options"]

    @extend_schema(operation_id="my_attempts", responses=AttemptsSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        case = self.own_case(pk)
        rows = [AttemptSerializer().to_representation(row) for row in Attempt.objects.told().filter(case=case)]
        left = TRIES - Attempt.objects.counting(self.me(), at=now()).count()
        return Response({"next": None, "previous": None, "results": rows, "tries_left": left})

    @extend_schema(operation_id="begin_attempt", request=NewAttemptSerializer, responses={201: AttemptSerializer})
    @once_per_key
    def post(self, request: Request, pk: UUID) -> Response:
        case, said = self.own_case(pk), self.said(NewAttemptSerializer)
        with by_the_rules():
            attempt = cases.start_attempt(case, said["nation"])
        return Response(AttemptSerializer().to_representation(Attempt.objects.told().get(pk=attempt)), 201)


class OneAttempt(Verification):
    """One question at a time. Reading it lets its time run: so that is for whoever may answer it."""

    http_method_names = ["get", "post", "options"]
    scopes = Verification.scopes | {"GET": WRITE}

    def own_attempt(self, pk: UUID, attempt: UUID) -> Attempt:
        return get_object_or_404(Attempt.objects.told(), pk=attempt, case=self.own_case(pk))

    @extend_schema(operation_id="ask_question", responses=AttemptSerializer)
    def get(self, request: Request, pk: UUID, attempt: UUID) -> Response:
        found = self.own_attempt(pk, attempt)
        with by_the_rules():
            asked = cases.open_question(found.pk, language=get_language() or settings.LANGUAGE_CODE)
        found = self.own_attempt(pk, attempt)  # with the last question's time it may have come to its end
        return Response(AttemptSerializer().to_representation(found, asked=asked and asked._asdict()))

    @extend_schema(operation_id="answer_question", request=NewAnswerSerializer, responses=AttemptSerializer)
    @once_per_key
    def post(self, request: Request, pk: UUID, attempt: UUID) -> Response:
        found, said = self.own_attempt(pk, attempt), self.said(NewAnswerSerializer)
        with by_the_rules():
            cases.answer_question(found.pk, **said)
        return Response(AttemptSerializer().to_representation(self.own_attempt(pk, attempt)))


def etag(case: Case) -> str:
    """A strong tag of everything that is told of a case, the same in every language."""
    with translation.override(settings.LANGUAGE_CODE):
        told = json.dumps(CaseSerializer().to_representation(case), sort_keys=True)
    return quote_etag(hashlib.sha256(told.encode()).hexdigest()[:32])
