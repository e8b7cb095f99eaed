"""Members as others meet them."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from community.member_views import BlockMember, Detail, MemberList

app_name = "members"
urlpatterns = [
    path("", MemberList.as_view(), name="list"),
    path("<uuid:pk>/", Detail.as_view(), name="detail"),
    path(_("<uuid:pk>/block/"), BlockMember.as_view(), name="block"),
]
