"""Every kind of page of the site, in Portuguese and in English."""

PATHS = {
    "home": ("/pt/", "/en/"),
    "search": ("/pt/pesquisa/?q=fado", "/en/search/?q=fado"),
    "events": ("/pt/eventos/", "/en/events/"),
    "events that cannot be read": ("/pt/eventos/?near=Atlantis", "/en/events/?near=Atlantis"),
    "calendar": ("/pt/eventos/calendario/", "/en/events/calendar/"),
    "map of events": ("/pt/eventos/mapa/", "/en/events/map/"),
    "businesses": ("/pt/negocios/", "/en/businesses/"),
    "map of businesses": ("/pt/negocios/mapa/", "/en/businesses/map/"),
    "places": ("/pt/lugares/", "/en/places/"),
    "place": ("/pt/lugares/stockwell/", "/en/places/stockwell/"),
    "about": ("/pt/sobre/", "/en/about/"),
    "privacy": ("/pt/privacidade/", "/en/privacy/"),
    "not found": ("/pt/nada/", "/en/nothing/"),
    "login": ("/pt/conta/login/", "/en/account/login/"),
}
