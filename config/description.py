"""What drf-spectacular cannot read off the endpoints: their parameters, headers and problems."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.urls import resolve
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.answers import GEOJSON, MAX_PAGE_SIZE, PAGE_SIZE, ListEndpoint, RowEndpoint
from community.cursors import LONGEST
from community.fields import ListField
from community.translated import LANGUAGES
from config.shapes import WORDS

Json = dict[str, Any]

ABOUT = gettext_lazy("""The API of LusoTown, the town square of London's Portuguese speakers.

* Times are RFC 3339 with the offset of the place's clock. Ids are UUIDs.
* Texts come in the language of `?lang=`, else of `Accept-Language`; where one is missing, the other language's text
  is served and `_fallback` names it.
* Lists come in pages: follow `next` until it is null. A cursor is good only for the query that gave it.
* Repeated or comma-separated values of one parameter mean *or*; different parameters mean *and*. Unknown parameters
  and bad values are a 400 that names them.
* Public answers carry a strong `ETag`: send it back as `If-None-Match`.
* Lists come as GeoJSON to whoever asks for `application/geo+json` in `Accept`, or for `?format=geojson`.
* Anyone may ask 10 times in any 10 seconds, with a token 100 times; `RateLimit` says how often still. A page can have
  100 rows: ask for them.
* What is a member's own needs `Authorization: Bearer …`: a token that they make and revoke on their account page, with
  the scopes they choose (`profile:read`, `profile:write`, `verification:read`, `verification:write`).
* A POST with an `Idempotency-Key` is done once within 24 hours: the same key and body get the same answer, another body
  a 422, and a second request while the first is under way a 409.
* Errors are `application/problem+json` (RFC 9457); `code` is stable, and `type` leads to what it means.
""")
SUMMARIES = {
    "index": gettext_lazy("What there is"),
    "events": gettext_lazy("Events"),
    "event": gettext_lazy("One event"),
    "events_calendar": gettext_lazy("Events as a calendar to subscribe to"),
    "events_feed": gettext_lazy("Events as a feed"),
    "event_calendar": gettext_lazy("One event as a file for a calendar"),
    "businesses": gettext_lazy("Businesses"),
    "business": gettext_lazy("One business"),
    "places": gettext_lazy("Places, while someone types"),
    "taxonomy": gettext_lazy("The words that filters take"),
    "me": gettext_lazy("Oneself"),
    "change_me": gettext_lazy("Change what one says of oneself"),
    "member": gettext_lazy("One member, as far as they let you see them"),
    "my_matches": gettext_lazy("Members one shares most with"),
    "compatibility": gettext_lazy("What one shares with a member"),
    "my_verifications": gettext_lazy("One’s own verification"),
    "begin_verification": gettext_lazy("Begin to be verified"),
    "my_verification": gettext_lazy("One case of one’s own"),
    "withdraw_verification": gettext_lazy("Withdraw a case"),
    "send_document": gettext_lazy("Send a document"),
    "hand_in_verification": gettext_lazy("Hand a case in"),
    "reply_in_verification": gettext_lazy("Answer the desk"),
    "appeal_verification": gettext_lazy("Appeal against a refusal, or a badge’s being taken back"),
    "remove_document": gettext_lazy("Remove a document"),
    "my_references": gettext_lazy("Whom one asked to vouch"),
    "ask_for_reference": gettext_lazy("A link for someone to vouch by"),
    "my_attempts": gettext_lazy("One’s tries at the questions"),
    "begin_attempt": gettext_lazy("Begin to be asked"),
    "ask_question": gettext_lazy("The question that is open"),
    "answer_question": gettext_lazy("Answer a question"),
}
# What an endpoint's docstring says, for its readers: in their language, and without a programmer's marks.
DESCRIPTIONS = {
    "index": gettext_lazy("The address of each list, of the calendar and the feed, and of this description."),
    "events": gettext_lazy("Public events that have not ended, soonest first unless another order is asked for."),
    "event": gettext_lazy("A cancelled event stays readable, with `status: cancelled`."),
    "events_calendar": gettext_lazy(
        "The coming events, at most 100, as a calendar (RFC 5545); what was called off stays in it, marked."
    ),
    "events_feed": gettext_lazy("The coming events, at most 50, the latest announced first (Atom, RFC 4287)."),
    "event_calendar": gettext_lazy("One event as a file for a calendar (RFC 5545)."),
    "businesses": gettext_lazy("Businesses that serve Portuguese speakers, by name unless another order is asked for."),
    "business": gettext_lazy("One business: where it is, when it is open, which languages are spoken there."),
    "places": gettext_lazy("Postcodes, districts, boroughs and neighbourhoods that begin so; at most ten."),
    "taxonomy": gettext_lazy("The town’s vocabulary in both languages, whose slugs and tags the filters take."),
    "me": gettext_lazy("One’s own profile, with who sees each section of it."),
    "change_me": gettext_lazy(
        "Only the sections that are sent change; send back the `ETag` of what was read as `If-Match`."
    ),
    "member": gettext_lazy("What a member lets the caller see; whoever may not be seen does not exist."),
    "my_matches": gettext_lazy(
        "Members who share something with the caller, best first, at most 20; both must have opted in. Only what each "
        "of the two shows the other is compared."
    ),
    "compatibility": gettext_lazy(
        "How the caller and another member match. Not there unless both opted in and each may see the other."
    ),
    "my_verifications": gettext_lazy("The caller’s own cases, newest first: where each stands and what is missing."),
    "begin_verification": gettext_lazy(
        "Begins a case by one of three routes. Documents are sent to `documents/`, links to vouch by are made at "
        "`references/`, questions are asked at `attempts/`."
    ),
    "my_verification": gettext_lazy(
        "Where a case stands, what is missing, and when its documents were opened and by which moderator, as a number."
    ),
    "withdraw_verification": gettext_lazy("Ends an open case; its documents are destroyed at once."),
    "send_document": gettext_lazy(
        "One file a request, as `multipart/form-data`. It is copied, sealed for the desk, and can never be read here. "
        "Say `hand_in` with the last one."
    ),
    "hand_in_verification": gettext_lazy(
        "Gives a case to the desk once nothing but `hand_in` is `missing`; the words of two members do so by "
        "themselves."
    ),
    "reply_in_verification": gettext_lazy(
        "Answers the `question` that is open, and gives the case back to the desk. Send documents that belong to the "
        "answer first."
    ),
    "appeal_verification": gettext_lazy(
        "Asks once, until `appeal_until`, for a refusal, or a badge’s being taken back, to be looked at by others. The "
        "answer is the appeal: a case of its own, which waits for the desk at once and whose decision is final."
    ),
    "remove_document": gettext_lazy(
        "Destroys one document at once. While the desk looks at a case none can be removed, but the case withdrawn."
    ),
    "my_references": gettext_lazy(
        "The links that were made for a case and what came of each. Whoever gave their word has a name as far as they "
        "show it; whoever declined has none."
    ),
    "ask_for_reference": gettext_lazy(
        "Makes a link to send to one person, who can answer once within 14 days. It is told in this answer alone. The "
        "second word that is given hands the case in."
    ),
    "my_attempts": gettext_lazy("The tries of a case, and how many are left of two within 90 days."),
    "begin_attempt": gettext_lazy(
        "Twelve questions about one nation, 12 minutes in all. The first is asked when it is read at the `url` of the "
        "answer."
    ),
    "ask_question": gettext_lazy(
        "From the first time it is read, a question waits 40 seconds for its answer; read again it is the same, and "
        "its time runs on. That is why this needs `verification:write`. Once `finished_at` is there, all is over."
    ),
    "answer_question": gettext_lazy(
        "Answers the open question by its `place` and by that of the answer among its `options`, from 0. Read the next "
        "one at the same address, and after the last once more: then they are counted. Which answers were right is "
        "never told, only whether they were enough; enough hand the case in."
    ),
}
PROBLEM: Json = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "timestamp": {"type": "string", "format": "date-time"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("field", "code", "detail")},
                "required": ["field", "code", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "instance", "code", "timestamp"],
}
LIMITS: Json = {
    "RateLimit-Policy": {
        "schema": {"type": "string"},
        "description": gettext_lazy("The limit that holds for the caller"),
    },
    "RateLimit": {
        "schema": {"type": "string"},
        "description": gettext_lazy("How many requests are left, and seconds to the next"),
    },
}
CACHED: Json = {
    "ETag": {"schema": {"type": "string"}},
    "Content-Language": {"schema": {"type": "string", "enum": list(LANGUAGES)}},
}


def complete(schema: Json) -> Json:
    """The generated description, with what every endpoint has in common."""
    schema["info"]["description"] = re.sub(r"\n +", " ", str(ABOUT))  # where a line ends is the page's affair
    shapes = schema.setdefault("components", {}).setdefault("schemas", {})
    shapes["Problem"] = dict(PROBLEM)
    for name, shape in shapes.items():
        if "properties" in shape:
            shape["description"] = str(WORDS[name])
    schema.pop("security", None)
    schema["components"]["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": _("A token that a member makes on their account page"),
        },
        "session": {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
    }
    for address, operations in schema["paths"].items():
        page: Any = resolve(re.sub(r"{\w+}", PLACEHOLDER, address)).func
        for method, operation in operations.items():
            _complete_operation(operation, method, page.view_class, has_id="{" in address)
            if page.view_class.is_private:
                _keep_private(operation, method, page.view_class)
    return schema


PLACEHOLDER = "00000000-0000-0000-0000-000000000000"


def _complete_operation(operation: Json, method: str, view: Any, *, has_id: bool) -> None:
    operation.pop("security", None)
    operation["summary"] = str(SUMMARIES[operation["operationId"]])
    operation["description"] = str(DESCRIPTIONS[operation["operationId"]])
    operation["parameters"] = [*operation.get("parameters", []), *(_parameters(view) if method == "get" else [_lang()])]
    if issubclass(view, ListEndpoint) and hasattr(view, "serializer_class"):
        _make_list(operation, view)
    answers = operation["responses"]
    done = answers[next(iter(answers))]
    done["headers"] = (CACHED if method != "delete" else {"Content-Language": CACHED["Content-Language"]}) | LIMITS
    if method == "get":
        answers["304"] = {"description": _("It is as it was.")}
    answers["400"] = _problem(_("A parameter is unknown or bad; `errors` says which."))
    if has_id:
        answers["404"] = _problem(_("It does not exist, or it is not for you to see."))
    answers["429"] = _problem(_("Too many requests."))
    answers["429"]["headers"] = LIMITS | {"Retry-After": {"schema": {"type": "integer"}}}
    answers["503"] = _problem(_("The town cannot answer now."))


def _keep_private(operation: Json, method: str, view: Any) -> None:
    """What differs where an answer is for its caller alone."""
    answers = operation["responses"]
    answers.pop("304", None)
    done = answers[next(iter(answers))]
    if not hasattr(view, "scopes"):
        done["headers"] = {name: said for name, said in done["headers"].items() if name != "ETag"}
        return
    answers["401"] = _problem(_("This needs an account."))
    answers["401"]["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    answers["403"] = _problem(_("This token lacks the scope that this needs."))
    operation["security"] = [{"token": [view.scopes[method.upper()]]}, {"session": []}]
    if method in {"post", "patch"}:
        answers["400"] = _problem(_("A field is unknown or bad; `errors` says which."))
        answers["413"] = _problem(_("This is too large."))
        answers["415"] = _problem(_("This kind of content is not understood."))
    if method == "patch":
        answers["404"] = _problem(_("This account has no profile."))
    if method in {"patch", "delete"}:
        answers["412"] = _problem(_("It has changed since you read it: read it again."))
        told = _("The ETag of what you last read: if it has changed since, nothing is")
        operation["parameters"].append(_header("If-Match", told))
    if method in {"post", "delete"}:
        answers["405"] = _problem(_("This cannot be done here."))  # at an address that is none
        answers["409"] = _problem(_("It does not go with how things stand; `errors` names the rule."))
    if method == "post":
        answers["422"] = _problem(_("This key came before with another body."))
        told = _("A key of your own, at most 200 characters: what comes again under it within 24 hours is done once")
        operation["parameters"].append(_header("Idempotency-Key", told) | {"schema": KEY})


KEY: Json = {"type": "string", "minLength": 1, "maxLength": 200}


def _header(name: str, description: str) -> Json:
    return {"in": "header", "name": name, "schema": {"type": "string"}, "description": description}


def _lang() -> Json:
    return _query("lang", {"type": "string", "enum": list(LANGUAGES)}, _("The language of the answer"))


def _problem(description: str) -> Json:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": description, "content": content}


def _parameters(view: Any) -> list[Json]:
    found = [_lang()]
    if "translations" in view.parameters:
        found.append(
            _query("translations", {"type": "boolean", "default": False}, _("Bring the texts in both languages"))
        )
    if "cursor" in view.parameters:
        size = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": PAGE_SIZE}
        found.append(_query("page_size", size, _("How many rows a page has")))
        found.append(_query("cursor", {"type": "string", "maxLength": LONGEST}, _("A page, from `next` or `previous`")))
        found.append(
            _query(
                "format",
                {"type": "string", "enum": ["json", "geojson"]},
                _("JSON, or GeoJSON; without it, what `Accept` prefers"),
            )
        )
    for name, parameter in getattr(getattr(view, "filterset_class", None), "base_filters", {}).items():
        found.append(_query(name, parameter.field.schema, str(parameter.label)))
        if isinstance(parameter.field, ListField):
            found[-1] |= {"style": "form", "explode": True}
    return found


def _query(name: str, schema: Json, description: str) -> Json:
    return {"in": "query", "name": name, "schema": schema, "description": description}


def _make_list(operation: Json, view: type[RowEndpoint]) -> None:
    row = {"$ref": f"#/components/schemas/{view.serializer_class.__name__.removesuffix('Serializer')}"}
    link = {"type": ["string", "null"], "format": "uri"}
    page = {
        "type": "object",
        "properties": {"next": link, "previous": link, "results": {"type": "array", "items": row}},
        "required": ["next", "previous", "results"],
    }
    feature = {
        "type": "object",
        "properties": {
            "type": {"const": "Feature"},
            "id": {"type": "string", "format": "uuid"},
            "geometry": {"type": ["object", "null"]},
            "properties": row,
        },
        "required": ["type", "id", "geometry", "properties"],
    }
    links = {
        "type": "object",
        "properties": {"rel": {"enum": ["next", "prev"]}, "href": {"type": "string"}, "type": {"const": GEOJSON}},
        "required": ["rel", "href", "type"],
    }
    collection = {
        "type": "object",
        "properties": {
            "type": {"const": "FeatureCollection"},
            "links": {"type": "array", "items": links},
            "features": {"type": "array", "items": feature},
        },
        "required": ["type", "links", "features"],
    }
    operation["responses"]["200"] = {
        "description": "",
        "content": {"application/json": {"schema": page}, GEOJSON: {"schema": collection}},
    }
