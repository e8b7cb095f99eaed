"""The community's guidelines are a page (templates/guidelines.html); this is which version of it stands."""

VERSION = 1  # one more when their meaning changes: everyone is asked again at their next login
