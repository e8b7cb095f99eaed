"""The moderators' console for heritage cases: the queue, a case on one page, and what may be done with it.

It shows, and asks ``verification.cases``; the rules are the database's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from community.models import Interest, Language, Member, Region
from community.models.sections import Culture
from community.once_more import ask_second_step, showed_second_step
from verification import cases, queue, viewer
from verification.checklists import checklist
from verification.forms import ConflictForm, NoteForm, QueueForm, RevokeForm, WordForm
from verification.models import AlreadyDecided, AlreadyTaken, Attempt, Case, Evidence, Reply, Stop, Vote, Vouch

MAY_DECIDE = "verification.change_case"
LAST = "queue_filters"  # in the session: what the next case is picked by

RULES: dict[str, Any] = {  # a rule of the database, in the words of whoever met it
    "stopped": _("You are stopped: too many documents were opened in an hour. An administrator has to lift it."),
    "no_rank": _("Your account may not decide cases."),
    "own_case": _("You cannot decide a case of your own."),
    "conflict": _("You stand too near to this case to decide it."),
    "voted_already": _("You have voted on this case. Now it needs someone else's vote."),
    "had_a_part_before": _("You had a part in what is appealed against. Someone else decides it."),
    "not_claimed": _("You do not hold this case any more: half an hour passed, or it was let go."),
    "claimed_by_another": _("Someone else looks after this case at the moment."),
    "not_waiting": _("This case does not wait for the desk any more. It stands as you see it here."),
    "destroyed": _("This document has been destroyed."),
    "ended_already": _("This case has come to an end already."),
    "others_turn": _("Someone else is doing this at this moment. Try again in a minute."),
}
SAID: dict[str, Any] = {
    Vote.Verdict.APPROVE: _("%(case)s: you voted to approve it."),
    Vote.Verdict.REJECT: _("%(case)s: you voted not to approve it."),
    Vote.Verdict.ASK: _("%(case)s: its member is asked, and it comes back with their answer."),
}
TITLES: dict[str, Any] = {
    Vote.Verdict.APPROVE: _("Approve %(case)s"),
    Vote.Verdict.REJECT: _("Do not approve %(case)s"),
    Vote.Verdict.ASK: _("Ask the member of %(case)s"),
}


class Desk(admin.ModelAdmin):
    """Cases: they are looked at and decided by buttons; nobody adds, edits or deletes one."""

    may_decide = ""  # the permission that also lets look

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) or request.user.has_perm(self.may_decide)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def show(self, request: HttpRequest, template: str, context: dict[str, Any], **more: Any) -> TemplateResponse:
        """A page of the desk."""
        context = self.admin_site.each_context(request) | {"opts": self.opts} | context
        return TemplateResponse(request, template, context, **more)


def me(request: HttpRequest) -> Member:
    assert isinstance(request.user, Member)  # noqa: S101 (for the type checker)
    return request.user


@admin.register(Case)
class CaseAdmin(Desk):
    may_decide = MAY_DECIDE

    def get_urls(self) -> list[URLPattern]:
        acts: dict[str, Callable[..., HttpResponse]] = {
            "next": self.next,
            "release": self.release_all,
            "<uuid:pk>/claim": self.claim,
            "<uuid:pk>/release": self.release,
            "<uuid:pk>/conflict": self.conflict,
            "<uuid:pk>/note": self.note,
            "<uuid:pk>/evidence/<uuid:evidence>": self.open,
        }
        guarded = self.admin_site.admin_view
        return [
            path("", guarded(require_safe(self.look(self.queue))), name="verification_case_changelist"),
            path("<uuid:pk>/change/", guarded(require_safe(self.look(self.case))), name="verification_case_change"),
            path("<uuid:pk>/word/<slug:verdict>/", guarded(self.act(self.word)), name="case_word"),
            path("<uuid:pk>/revoke/", guarded(self.act(self.revoke)), name="case_revoke"),
            path(
                "opening/<uuid:opening>/<int:number>/",
                guarded(self.act(viewer.page), cacheable=True),
                name="case_page",
            ),
            *(
                path(f"{address}/", guarded(require_POST(self.act(view))), name=f"case_{view.__name__}")
                for address, view in acts.items()
            ),
        ]

    def look(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        return self._asked(view, lambda request: self.has_view_permission(request))

    def act(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        return self._asked(view, lambda request: request.user.has_perm(MAY_DECIDE))

    def _asked(
        self, view: Callable[..., HttpResponse], may: Callable[[HttpRequest], bool]
    ) -> Callable[..., HttpResponse]:
        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not may(request):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return asked

    # The queue.

    def queue(self, request: HttpRequest) -> HttpResponse:
        """What waits, or another part of the cases, one page of it."""
        form = QueueForm(request.GET)
        form.is_valid()
        asked = form.cleaned_data
        which = asked.get("queue", "") if asked.get("queue", "") in queue.QUEUES else ""
        words = asked.get("q", "")
        if (number := words.removeprefix("#")).isdecimal():
            found = Case.objects.filter(number=int(number)).first() if len(number) < 10 else None
            if found:
                return redirect("admin:verification_case_change", found.pk)
        if words:
            page = queue.Page(queue.named(words, at=now()), "")
        else:
            narrowed = {name: asked.get(name) or "" for name in ("language", "route")}
            page = queue.read(
                which, me(request), at=now(), month=asked.get("month"), after=asked.get("after"), **narrowed
            )
        kept = {name: request.GET[name] for name in ("queue", "language", "route", "month") if request.GET.get(name)}
        context = {
            "title": _("Heritage cases"),
            "form": form,
            "queues": [
                {"name": each.name, "is_here": not words and key == which, "query": urlencode({"queue": key})}
                for key, each in queue.QUEUES.items()
            ],
            "which": which,
            "words": words,
            "page": page,
            "later": urlencode(kept | {"after": page.after}) if page.after else "",
            "holds": any(case.claimed_by_id == request.user.pk for case in page.cases) or which == "mine",
            "may_decide": request.user.has_perm(MAY_DECIDE),
        }
        return self.show(request, "admin/verification/case/queue.html", context)

    def next(self, request: HttpRequest) -> HttpResponse:
        """Claim the longest waiting case that one may decide, and show it."""
        form = QueueForm(request.POST)
        form.is_valid()
        request.session[LAST] = {name: form.cleaned_data.get(name) or "" for name in ("language", "route")}
        return self._to_next(request)

    def _to_next(self, request: HttpRequest) -> HttpResponse:
        found = cases.claim_next(**request.session.get(LAST, {}))
        if found is None:
            is_stopped = Stop.objects.standing().filter(moderator=me(request)).exists()
            words = RULES["stopped"] if is_stopped else _("Nothing waits that you could look after.")
            self.message_user(request, words, messages.WARNING if is_stopped else messages.INFO, fail_silently=True)
            return redirect("admin:verification_case_changelist")
        return redirect("admin:verification_case_change", found)

    def release_all(self, request: HttpRequest) -> HttpResponse:
        """Let go of every case one holds: the only thing here that is done to several."""
        for case in Case.objects.filter(claimed_by=me(request)):
            cases.release(case)
        self.message_user(request, _("You hold no case any more."), messages.SUCCESS)
        return redirect("admin:verification_case_changelist")

    # One case.

    def case(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Everything there is to know about a case, as far as whoever asks may know it now."""
        case = self._found(pk)
        return self.show(request, "admin/verification/case/case.html", self._told(request, case))

    def _found(self, pk: UUID) -> Case:
        return get_object_or_404(
            Case.objects.select_related("member__profile", "claimed_by__profile", "appeal_of"), pk=pk
        )

    def _told(self, request: HttpRequest, case: Case) -> dict[str, Any]:
        moderator, at = me(request), now()
        holder = queue.holder_of(case, at=at)
        bar = cases.recusal(case) if case.waiting_since and request.user.has_perm(MAY_DECIDE) else None
        is_mine = holder == moderator and bar is None
        both = [each for each in (case.pk, case.appeal_of_id) if each]
        evidence = list(Evidence.objects.defer("sealed_key", "key_id").filter(case__in=both))
        votes = list(Vote.objects.filter(case__in=both).select_related("by__profile"))
        replies = Reply.objects.filter(case__in=both)
        asked = [vote for vote in votes if vote.verdict == Vote.Verdict.ASK]
        seen = [vote for vote in votes if vote.verdict != Vote.Verdict.ASK and vote.case_id == case.pk]
        return {
            "title": _("Case %(case)s") % {"case": case},
            "case": case,
            "age": queue.age_of(case, at=at),
            "holder": holder,
            "is_mine": is_mine,
            "bar": RULES.get(bar or "", bar),
            "may_decide": request.user.has_perm(MAY_DECIDE),
            "may_revoke": request.user.is_superuser and case.status == Case.Status.APPROVED,
            "shown": in_words(cases.applicant_as_shown(case)) if is_mine else {},
            "evidence": evidence,
            "same_files": viewer.same_files(evidence, case),
            "opened": viewer.opened(
                request,
                Evidence.objects.filter(case__in=both),
                here=reverse("admin:verification_case_change", args=[case.pk]),
                picture="admin:case_page",
            )
            if is_mine
            else None,
            "vouches": Vouch.objects.told().filter(case__in=both).select_related("referee__profile"),
            "attempts": Attempt.objects.filter(case__in=both).only(
                "case", "nation", "score", "started_at", "finished_at"
            ),
            "nations": {region.slug: str(region) for region in Region.objects.filter(parent=None)},
            "talk": sorted([*asked, *replies], key=lambda said: said.at),
            "votes": seen,
            "hidden": max(0, queue.votes_on([case]).get(case.pk, 0) - len(seen)),
            "before": [vote for vote in votes if vote.case_id == case.appeal_of_id and vote not in asked],
            "notes": case.notes.select_related("by__profile"),
            "others": Case.objects.filter(member=case.member_id).exclude(pk=case.pk).order_by("-number")[:8]
            if case.member_id
            else [],
            "checklist": checklist(case.route, [each.kind for each in evidence if each.destroyed_at is None]),
            "note_form": NoteForm(),
            "conflict_form": ConflictForm(),
        }

    def claim(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return self._do(request, pk, cases.claim, said=_("You hold this case for half an hour."))

    def release(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        answer = self._do(request, pk, cases.release, said=_("You let the case go."))
        return answer if answer.status_code != 302 else redirect("admin:verification_case_changelist")

    def conflict(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        form = ConflictForm(request.POST)
        if not form.is_valid():
            return redirect("admin:verification_case_change", pk)
        self._do(
            request,
            pk,
            lambda case: cases.declare_conflict(case, form.cleaned_data["kind"], by=me(request)),
            said=_("You stand aside from this case for good. Someone else looks after it."),
        )
        return redirect("admin:verification_case_changelist")

    def note(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        form = NoteForm(request.POST)
        if not form.is_valid():
            self.message_user(request, _("Not kept: a note is up to 1000 characters."), messages.ERROR)
            return redirect("admin:verification_case_change", pk)
        return self._do(request, pk, lambda case: cases.write_note(case, form.cleaned_data["text"], by=me(request)))

    def _do(self, request: HttpRequest, pk: UUID, act: Callable[[Case], Any], *, said: Any = "") -> HttpResponse:
        """Do something with a case and show it again; what the rules do not allow is said instead."""
        case = get_object_or_404(Case, pk=pk)
        try:
            act(case)
        except (AlreadyDecided, AlreadyTaken, cases.Refused) as error:
            self._say_no(request, error)
        else:
            if said:
                self.message_user(request, said, messages.SUCCESS)
        return redirect("admin:verification_case_change", pk)

    def _say_no(self, request: HttpRequest, error: Exception) -> None:
        if isinstance(error, cases.Refused):
            rule = error.rule
        else:
            rule = "claimed_by_another" if isinstance(error, AlreadyTaken) else "not_waiting"
        self.message_user(request, RULES.get(rule, rule), messages.WARNING, fail_silently=True)

    # Giving one's word.

    def word(self, request: HttpRequest, pk: UUID, verdict: str) -> HttpResponse:
        """Show what the member will read, and then vote; where the lease is over, what was written is not lost."""
        if verdict not in Vote.Verdict.values:
            raise Http404
        case = self._found(pk)
        is_sent = request.method == "POST"
        form = WordForm(request.POST if is_sent else None, verdict=verdict, language=case.language)
        refusal: Any = None
        if is_sent and form.is_valid() and "look" not in request.POST:
            try:
                if "again" in request.POST:
                    cases.claim(case)
                self._vote(case, verdict, by=me(request), **form.cleaned_data)
            except cases.NotClaimed as error:
                refusal = RULES[error.rule]  # what they wrote stays on the page
            except (AlreadyDecided, AlreadyTaken, cases.Refused) as error:
                self._say_no(request, error)
                return redirect("admin:verification_case_change", pk)
            else:
                self.message_user(request, SAID[verdict] % {"case": case}, messages.SUCCESS)
                return (
                    self._to_next(request)
                    if "stay" not in request.POST
                    else redirect("admin:verification_case_changelist")
                )
        elif not is_sent and queue.holder_of(case, at=now()) != request.user:
            self._say_no(request, cases.NotClaimed("not_claimed"))
            return redirect("admin:verification_case_change", pk)
        context = {
            "title": TITLES[verdict] % {"case": case},
            "case": case,
            "verdict": verdict,
            "form": form,
            "refusal": refusal,
            "letter": self._letter(case, verdict, form),
            "takes_two": not case.is_final
            and verdict != Vote.Verdict.ASK
            and (case.route == Case.Route.DOCUMENT or verdict == Vote.Verdict.REJECT),
        }
        return self.show(request, "admin/verification/case/word.html", context, status=409 if refusal else 200)

    def _vote(self, case: Case, verdict: str, *, by: Member, sentence: str, reason: Any = None) -> None:
        if verdict == Vote.Verdict.APPROVE:
            cases.approve(case, by=by, sentence=sentence)
        elif verdict == Vote.Verdict.REJECT:
            cases.reject(case, reason, by=by, sentence=sentence)
        else:
            cases.ask(case, sentence, by=by)

    def _letter(self, case: Case, verdict: str, form: WordForm) -> list[str]:
        """What the member reads, in their language, as far as it is written."""
        said = form.cleaned_data if form.is_bound and form.is_valid() else {}
        with translation.override(case.language):
            first = {
                Vote.Verdict.APPROVE: translation.gettext(
                    "Your heritage is verified. The badge is yours for five years."
                ),
                Vote.Verdict.REJECT: dict(getattr(form.fields.get("reason"), "choices", ())).get(
                    said.get("reason"), ""
                ),
                Vote.Verdict.ASK: translation.gettext("Before we can decide, we have a question:"),
            }[Vote.Verdict(verdict)]
            return [line for line in (str(first), said.get("sentence", "")) if line]

    def revoke(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """An administrator takes a badge back, and says why."""
        if not request.user.is_superuser:
            raise PermissionDenied
        case = self._found(pk)
        form = RevokeForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            sentence = form.cleaned_data["sentence"]
            return self._do(
                request, pk, lambda case: cases.revoke(case, sentence=sentence), said=_("The badge is taken back.")
            )
        context = {"title": _("Take back the badge of %(case)s") % {"case": case}, "case": case, "form": form}
        return self.show(request, "admin/verification/case/revoke.html", context)

    # Documents.

    def open(self, request: HttpRequest, pk: UUID, evidence: UUID) -> HttpResponse:
        """Write down that one opens a document; its pages come afterwards, once that is certain."""
        if not showed_second_step(request, within=viewer.FRESH):
            return ask_second_step(request)
        case = get_object_or_404(Case, pk=pk)
        paper = get_object_or_404(Evidence.objects.told(), pk=evidence, case__in=(case.pk, case.appeal_of_id))
        page = reverse("admin:verification_case_change", args=[pk])
        try:
            opening = cases.open_evidence(paper)
        except cases.Stopped:
            context = {"title": _("You are stopped"), "case": case}
            return self.show(request, "admin/verification/case/stopped.html", context, status=403)
        except cases.Refused as error:
            self._say_no(request, error)
            return redirect(page)
        return redirect(f"{page}?{urlencode({'opening': opening})}#papers")


def in_words(shown: dict[str, Any]) -> dict[str, Any]:
    """What members may see of an applicant, with the vocabulary's words in the place of its slugs."""
    for name, model, key in (
        ("regions", Region, "slug"),
        ("interests", Interest, "slug"),
        ("languages", Language, "tag"),
    ):
        if shown.get(name):
            shown[name] = [str(row) for row in model.objects.filter(**{f"{key}__in": shown[name]})]
    for name, choices in (("fluency", Culture.Fluency), ("celebrations", Culture.Celebration)):
        if chosen := shown.get(name):
            known = dict(choices.choices)
            shown[name] = known.get(chosen) if name == "fluency" else [known.get(each, each) for each in chosen]
    return shown
