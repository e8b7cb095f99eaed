from django.urls import path
from django.utils.translation import gettext_lazy as _

from community import my_data

app_name = "my_data"
urlpatterns = [
    path("", my_data.Overview.as_view(), name="overview"),
    path(_("history/"), my_data.History.as_view(), name="history"),
    path(_("consents/"), my_data.Consents.as_view(), name="consents"),
    path(_("consents/withdraw/"), my_data.withdraw_consent, name="withdraw_consent"),
    path(_("correct/"), my_data.Correct.as_view(), name="correct"),
    path(_("copy/"), my_data.ask_for_copy, name="ask_for_copy"),
    path(_("copy/take/"), my_data.take_copy, name="take_copy"),
    path(_("erase/"), my_data.Erase.as_view(), name="erase"),
    path(_("erase/stay/"), my_data.stay, name="stay"),
]
