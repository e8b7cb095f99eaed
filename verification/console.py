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
from django.urls import URLPattern, path, reverse
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from community.models import Interest, Language, Member, Region
from community.models.sections import Culture
from community.once_more import ask_second_step, showed_second_step
from verification import cases, queue, viewer
from verification.case_queue import CaseQueue
from verification.checklists import checklist
from verification.desk import RULES, me
from verification.forms import ConflictForm, NoteForm, RevokeForm, WordForm
from verification.history import history_of
from verification.models import AlreadyDecided, AlreadyTaken, Attempt, Case, Evidence, Reason, Reply, Vote, Vouch

MAY_DECIDE = "verification.change_case"

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


@admin.register(Case)
class CaseAdmin(CaseQueue):
    may_decide = MAY_DECIDE

    def get_urls(self) -> list[URLPattern]:
        acts: dict[str, Callable[..., HttpResponse]] = {
            "<uuid:pk>/claim": self.claim,
            "<uuid:pk>/release": self.release,
            "<uuid:pk>/conflict": self.conflict,
            "<uuid:pk>/note": self.note,
            "<uuid:pk>/evidence/<uuid:evidence>": self.open,
        }
        guarded = self.admin_site.admin_view
        return [
            *self.urls_of_list(),
            path("<uuid:pk>/change/", guarded(require_safe(self.look(self.case))), name="verification_case_change"),
            path("<uuid:pk>/word/<slug:verdict>/", guarded(self.act(self.word)), name="case_word"),
            path("<uuid:pk>/portrait/", guarded(require_safe(self.act(self.portrait))), name="case_portrait"),
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
        evidence = self._evidence(case)
        votes = list(Vote.objects.filter(case__in=both).select_related("by__profile"))
        replies = list(Reply.objects.filter(case__in=both))
        asked = [vote for vote in votes if vote.verdict == Vote.Verdict.ASK]
        seen = [vote for vote in votes if vote.verdict != Vote.Verdict.ASK and vote.case_id == case.pk]
        hidden = max(0, queue.votes_on([case]).get(case.pk, 0) - len(seen))
        looks = viewer.looks_at(evidence, by=moderator, of=case)
        here = reverse("admin:verification_case_change", args=[case.pk])
        papers = Evidence.objects.filter(case__in=both)
        opened = viewer.opened(request, papers, here=here, picture="admin:case_page") if is_mine else None
        return {
            "title": _("Case %(case)s") % {"case": case},
            "case": case,
            "queue": self.addresses(),
            "asked": self.asked_last(request),
            "age": queue.age_of(case, at=at),
            "holder": holder,
            "is_mine": is_mine,
            "bar": RULES.get(bar or "", bar),
            "may_decide": request.user.has_perm(MAY_DECIDE),
            "may_revoke": request.user.is_superuser and case.status == Case.Status.APPROVED,
            "proposal": self._proposal(case),
            "shown": in_words(cases.applicant_as_shown(case)) if is_mine else {},
            "evidence": evidence,
            "looks": looks,
            "unseen": RULES.get(looks.bar, "") if is_mine and case.route == Case.Route.DOCUMENT else "",
            "same_files": viewer.same_files(evidence, case),
            "opened": opened,
            "following": looks.following(opened, evidence),
            "vouches": Vouch.objects.told().filter(case__in=both).select_related("referee__profile"),
            "attempts": Attempt.objects.filter(case__in=both).only(
                "case", "nation", "score", "started_at", "finished_at"
            ),
            "nations": {region.slug: str(region) for region in Region.objects.filter(parent=None)},
            "talk": sorted([*asked, *replies], key=lambda said: said.at),
            "votes": seen,
            "hidden": hidden,
            "before": [vote for vote in votes if vote.case_id == case.appeal_of_id and vote not in asked],
            "history": history_of(
                case, evidence=evidence, votes=votes, replies=replies, blind_to=moderator if hidden else None
            ),
            "notes": case.notes.select_related("by__profile"),
            "others": Case.objects.filter(member=case.member_id).exclude(pk=case.pk).order_by("-number")[:8]
            if case.member_id
            else [],
            "checklist": checklist(case.route, [each.kind for each in evidence if each.destroyed_at is None]),
            "note_form": NoteForm(),
            "conflict_form": ConflictForm(),
        }

    def _evidence(self, case: Case) -> list[Evidence]:
        """The documents of a case, and of the one that it appeals against."""
        both = [each for each in (case.pk, case.appeal_of_id) if each]
        return list(Evidence.objects.defer("sealed_key", "key_id").filter(case__in=both))

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
        if verdict not in Vote.ON_A_CASE:
            raise Http404
        case = self._found(pk)
        is_sent = request.method == "POST"
        looks = viewer.looks_at(self._evidence(case), by=me(request), of=case)
        asks_badge_back = bool(case.appeal_of and case.appeal_of.was_taken_back)
        reasons = Reason.of(case.route, unseen=bool(looks.unopened), asks_badge_back=asks_badge_back)
        form = WordForm(request.POST if is_sent else None, verdict=verdict, language=case.language, reasons=reasons)
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
                    self.to_next(request)
                    if "stay" not in request.POST
                    else redirect("admin:verification_case_changelist")
                )
        elif not is_sent and (bar := self._bar(case, verdict, looks, me(request))):
            self._say_no(request, cases.Refused(bar))
            return redirect("admin:verification_case_change", pk)
        context = {
            "title": TITLES[verdict] % {"case": case},
            "case": case,
            "verdict": verdict,
            "form": form,
            "refusal": refusal,
            "letter": self._letter(case, verdict, form),
            "unopened": looks.unopened,
            "takes_two": not case.is_final
            and verdict != Vote.Verdict.ASK
            and (case.route == Case.Route.DOCUMENT or verdict == Vote.Verdict.REJECT),
        }
        return self.show(request, "admin/verification/case/word.html", context, status=409 if refusal else 200)

    def _bar(self, case: Case, verdict: str, looks: viewer.Looks, moderator: Member) -> str:
        """The rule by which someone cannot give this word now, before they write it."""
        if queue.holder_of(case, at=now()) != moderator:
            return "not_claimed"
        return looks.bar if case.route == Case.Route.DOCUMENT and verdict == Vote.Verdict.APPROVE else ""

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
                Vote.Verdict.APPROVE: translation.gettext("You have the badge back.")
                if case.appeal_of and case.appeal_of.was_taken_back
                else translation.gettext("Your heritage is verified. The badge is yours for five years."),
                Vote.Verdict.REJECT: dict(getattr(form.fields.get("reason"), "choices", ())).get(
                    said.get("reason"), ""
                ),
                Vote.Verdict.ASK: translation.gettext("Before we can decide, we have a question:"),
            }[Vote.Verdict(verdict)]
            return [line for line in (str(first), said.get("sentence", "")) if line]

    def revoke(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """An administrator proposes to take a badge back, and says why; another agrees, or either leaves it."""
        if not request.user.is_superuser:
            raise PermissionDenied
        case, by = self._found(pk), me(request)
        form = RevokeForm(request.POST if "sentence" in request.POST else None)
        if request.method == "POST":
            if "keep" in request.POST:
                return self._do(
                    request, pk, lambda case: cases.leave_the_badge(case, by=by), said=_("They keep the badge.")
                )
            if "agree" in request.POST:
                return self._do(request, pk, lambda case: cases.revoke(case, by=by), said=_("The badge is taken back."))
            if form.is_valid():
                why = form.cleaned_data["sentence"]
                return self._do(
                    request,
                    pk,
                    lambda case: cases.propose_to_revoke(case, why, by=by),
                    said=_("Another administrator looks at it now. Until then nothing changes."),
                )
        context = {
            "title": _("Take back the badge of %(case)s") % {"case": case},
            "case": case,
            "form": form,
            "proposal": self._proposal(case),
        }
        return self.show(request, "admin/verification/case/revoke.html", context)

    def _proposal(self, case: Case) -> dict[str, Any] | None:
        """What stands proposed about a case's badge, and why whoever asks may not be the second."""
        if case.status != Case.Status.APPROVED:
            return None
        found = next((each for each in queue.proposals() if each.case == case.pk), None)
        if found is None:
            return None
        vote = Vote.objects.select_related("by__profile").get(pk=found.vote)
        return {"vote": vote, "bar": RULES.get(found.bar or "", found.bar)}

    # Who asks, and their documents.

    def portrait(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The applicant's picture, where whoever holds the case sees it among what members may see."""
        name = cases.applicant_as_shown(self._found(pk)).get("portrait")
        if not name:
            raise Http404
        return viewer.portrait(name)

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
