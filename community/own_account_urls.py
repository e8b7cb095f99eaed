"""A member's account, at the site alone: joining, codes by mail, a forgotten password, the address, the devices."""

from allauth.account import views as allauth
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from community import account_views as views
from community import elsewhere_views as elsewhere
from community import notice_views as notices
from community import once_more_views as once_more
from community.mailed_codes import throttled_letters
from community.throttles import LETTER, throttled, throttled_codes

urlpatterns = [
    path("", views.Overview.as_view(), name="account_overview"),
    path(_("join/"), throttled_letters(views.SignUp.as_view(), "join"), name="account_signup"),
    path(_("join/code/"), throttled_codes(views.ConfirmSignUp.as_view()), name="account_confirm_sign_up"),
    path(_("guidelines/"), views.Agree.as_view(), name="account_guidelines"),
    path(_("login/code/"), throttled_letters(allauth.request_login_code, "login"), name="account_request_login_code"),
    path(_("login/code/confirm/"), throttled_codes(allauth.confirm_login_code), name="account_confirm_login_code"),
    path(_("password/forgotten/"), throttled_letters(allauth.password_reset, "reset"), name="account_reset_password"),
    path(
        _("password/forgotten/code/"),
        throttled_codes(allauth.confirm_password_reset_code),
        name="account_confirm_password_reset_code",
    ),
    path(_("password/forgotten/new/"), views.NewPassword.as_view(), name="account_complete_password_reset"),
    path(_("password/forgotten/done/"), allauth.password_reset_from_key_done, name="account_password_reset_completed"),
    path(_("password/change/"), throttled_codes(allauth.password_change), name="account_change_password"),
    path(_("password/set/"), views.set_password, name="account_set_password"),
    path(_("address/"), throttled(views.NewAddress.as_view(), LETTER, "email"), name="account_email"),
    path(_("address/code/"), throttled_codes(views.ConfirmNewAddress.as_view()), name="account_confirm_email"),
    path(_("once-more/"), once_more.AskForCode.as_view(), name="account_once_more"),
    path(_("once-more/code/"), throttled_codes(once_more.ConfirmCode.as_view()), name="account_confirm_once_more"),
    path(_("with/<slug:provider>/"), throttled_codes(elsewhere.begin), name="account_begin_elsewhere"),
    path(_("with/<slug:provider>/end/"), elsewhere.end, name="account_end_elsewhere"),
    path(_("devices/"), views.Devices.as_view(), name="account_devices"),
    path(_("notices/"), notices.Choose.as_view(), name="notices_choose"),
    path(_("notices/inbox/"), notices.Inbox.as_view(), name="notices_inbox"),
    path(_("notices/stop/<str:token>/"), notices.Stop.as_view(), name="notices_stop"),
    path("", include("community.account_urls")),
]
