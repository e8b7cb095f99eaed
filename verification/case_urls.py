"""A member's own verification, at the site: choosing a route, each route's steps, and where a case stands."""

from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from community.throttles import PAPERS, throttled_members
from verification import case_views as views
from verification.models import Case

one_case = [
    path("", views.One.as_view(), name="my_case"),
    path(_("papers/"), throttled_members(views.hand_in_paper, PAPERS), name="hand_in_paper"),
    path(_("papers/<uuid:paper>/remove/"), views.remove_paper, name="remove_paper"),
    path(_("questions/"), views.begin_questions, name="begin_questions"),
    path(_("questions/<uuid:attempt>/"), views.Questions.as_view(), name="ask_question"),
    path(_("links/"), views.ask_for_vouch, name="ask_for_vouch"),
    path(_("hand-in/"), views.hand_in, name="hand_in_case"),
    path(_("reply/"), views.reply, name="reply_in_case"),
    path(_("withdraw/"), views.Withdraw.as_view(), name="withdraw_case"),
    path(_("appeal/"), views.Appeal.as_view(), name="appeal_case"),
]
urlpatterns = [
    path("", views.Mine.as_view(), name="my_verification"),
    path(_("document/"), views.Begin.as_view(route=Case.Route.DOCUMENT), name="begin_document"),
    path(_("questions/"), views.Begin.as_view(route=Case.Route.CULTURAL_KNOWLEDGE), name="begin_cultural_knowledge"),
    path(
        _("members-word/"), views.Begin.as_view(route=Case.Route.COMMUNITY_REFERENCE), name="begin_community_reference"
    ),
    path(_("vouch/"), views.Vouching.as_view(), name="vouch"),
    path("<uuid:pk>/", include(one_case)),
]
