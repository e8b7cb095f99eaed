"""The community's guidelines are a page (templates/guidelines.html); this is which version of it stands."""

DESK_VERSION = 1  # the same of the desk's rules (templates/admin/rules.html)
VERSION = 1  # one more when their meaning changes: everyone is asked again at their next login
