"""Who works at the desk: at the desk's door alone."""

from django.urls import path

from community import staff_views as views

app_name = "staff"
urlpatterns = [
    path("", views.colleagues, name="list"),
    path("invite/", views.invite, name="invite"),
    path("invitations/<uuid:pk>/confirm/", views.confirm, name="confirm"),
    path("invitations/<uuid:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("<uuid:pk>/", views.colleague, name="member"),
    path("<uuid:pk>/rank/", views.change_rank, name="rank"),
    path("<uuid:pk>/new-keys/", views.new_keys, name="new_keys"),
    path("<uuid:pk>/remove/", views.remove, name="remove"),
]
