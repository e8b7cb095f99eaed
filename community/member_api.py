"""Members in the API: oneself, to read and change, and others as far as they let one see them."""

from __future__ import annotations

import hashlib
import json
from typing import Any, ClassVar

from django.conf import settings
from django.db import transaction
from django.http import Http404
from django.utils import translation
from django.utils.http import quote_etag
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from community.answers import Changed, Endpoint, InScope, RowEndpoint
from community.member_serializers import SECTION_ROWS, MemberSerializer, MeSerializer
from community.models import Profile
from community.profile_forms import FORMS, NameForm, ProfileForm

OWN_NAMES = {"name": "display_name", "visibility": "visibility", "contact": "contact"}


class Me(Endpoint):
    """One's own profile, with who sees each section of it."""

    permission_classes = [InScope]
    is_private = True
    http_method_names = ["get", "head", "patch", "options"]
    scopes: ClassVar[dict[str, str]] = {
        "GET": "profile:read",
        "HEAD": "profile:read",
        "OPTIONS": "profile:read",
        "PATCH": "profile:write",
    }

    @extend_schema(operation_id="me", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        return self.told(self.profile())

    @extend_schema(operation_id="change_me", request=MeSerializer(partial=True), responses=MeSerializer)
    def patch(self, request: Request) -> Response:
        with transaction.atomic():
            profile = self.profile(lock=True)
            if (given := request.headers.get("If-Match")) and given != "*" and etag(profile) not in _tags(given):
                raise Changed
            asked = MeSerializer(data=request.data, partial=True)
            asked.is_valid(raise_exception=True)
            change(profile, asked.validated_data)
        return self.told(self.profile())

    def profile(self, *, lock: bool = False) -> Profile:
        """The caller's own profile. Locked, its row stays as it is until the transaction ends."""
        if lock:
            Profile.objects.lock(self.request.user.pk)
        found = Profile.objects.with_sections(besides=("legalname",)).filter(pk=self.request.user.pk).first()
        if found is None:
            raise Http404
        return found

    def told(self, profile: Profile) -> Response:
        return Response(MeSerializer().to_representation(profile), headers={"ETag": etag(profile)})


class MemberDetail(RowEndpoint):
    """One member, as far as they let the caller see them."""

    serializer_class = MemberSerializer
    is_private = True  # who may see a member changes from one moment to the next

    @extend_schema(operation_id="member", responses=MemberSerializer)
    def get(self, request: Request, pk: Any) -> Response:
        profile = Profile.objects.with_sections().filter(pk=pk).first()
        if profile is None:
            raise Http404
        return Response(self.shape().to_representation(profile))


def etag(profile: Profile) -> str:
    """A strong tag of everything one's own profile says, the same in every language."""
    with translation.override(settings.LANGUAGE_CODE):
        told = json.dumps(MeSerializer().to_representation(profile), sort_keys=True)
    return quote_etag(hashlib.sha256(told.encode()).hexdigest()[:32])


def _tags(header: str) -> set[str]:
    return {tag.strip() for tag in header.split(",")}


def change(profile: Profile, asked: dict[str, Any]) -> None:
    """Change what was asked for, section by section, by the rules of the pages' own forms; all of it or nothing."""
    anyway = {"publish_anyway": asked.pop("publish_anyway", False)}
    forms: dict[str, ProfileForm] = {}
    names = {field: asked.pop(name) for name, field in OWN_NAMES.items() if name in asked}
    if names:
        forms[""] = NameForm.changed(profile, names | anyway)
    for name, fields in asked.items():
        if fields is None:
            section = getattr(profile, SECTION_ROWS[name], None)
            if section is not None:
                forms[name] = FORMS[name](profile=profile)
            continue
        forms[name] = FORMS[name].changed(profile, {**fields, **anyway})
    errors: dict[str, Any] = {}
    for name, form in forms.items():
        if form.is_bound and not form.is_valid():
            errors |= _errors(name, form)
    if errors:
        raise ValidationError(errors)
    for form in forms.values():
        if form.is_bound:
            form.keep()
        else:
            form.remove(form.before)


def _errors(section: str, form: ProfileForm) -> dict[str, Any]:
    fields = {field: name for name, field in OWN_NAMES.items()}
    return {
        ".".join(part for part in (section, fields.get(name, name) if name != "__all__" else "") if part): [
            ErrorDetail(error["message"], code=error["code"] or "invalid") for error in errors
        ]
        for name, errors in form.errors.get_json_data().items()
    }
