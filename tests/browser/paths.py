"""Every kind of page of the site, in Portuguese and in English; those of a member's account apart."""

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
    "guidelines": ("/pt/regras/", "/en/guidelines/"),
    "members": ("/pt/membros/", "/en/members/"),
    "members that nobody is": ("/pt/membros/?q=xyzzy", "/en/members/?region=atlantis"),
    "login": ("/pt/conta/login/", "/en/account/login/"),
    "code": ("/pt/conta/login/codigo/", "/en/account/login/code/"),
    "join": ("/pt/conta/aderir/", "/en/account/join/"),
    "forgotten": ("/pt/conta/senha/esquecida/", "/en/account/password/forgotten/"),
}

ACCOUNT_PATHS = {
    "overview": ("/pt/conta/", "/en/account/"),
    "address": ("/pt/conta/endereco/", "/en/account/address/"),
    "password": ("/pt/conta/senha/mudar/", "/en/account/password/change/"),
    "devices": ("/pt/conta/aparelhos/", "/en/account/devices/"),
    "second step": ("/pt/conta/2fa/", "/en/account/2fa/"),
    "passkeys": ("/pt/conta/2fa/webauthn/", "/en/account/2fa/webauthn/"),
    "new passkey": ("/pt/conta/2fa/webauthn/add/", "/en/account/2fa/webauthn/add/"),
    "app": ("/pt/conta/2fa/totp/activate/", "/en/account/2fa/totp/activate/"),
    "recovery codes": ("/pt/conta/2fa/recovery-codes/", "/en/account/2fa/recovery-codes/"),
    "log out": ("/pt/conta/logout/", "/en/account/logout/"),
}

# Pages of a member's own, for whoever is logged in.
OWN_PATHS = {
    "own profile": ("/pt/conta/perfil/", "/en/account/profile/"),
    "as others see it": ("/pt/conta/perfil/como-se-ve/?as=community", "/en/account/profile/as-others-see-it/"),
    "name": ("/pt/conta/perfil/nome/", "/en/account/profile/name/"),
    "picture": ("/pt/conta/perfil/retrato/", "/en/account/profile/picture/"),
    "about me": ("/pt/conta/perfil/sobre-mim/", "/en/account/profile/about-me/"),
    "heritage": ("/pt/conta/perfil/raizes/", "/en/account/profile/heritage/"),
    "heritage withdrawn": ("/pt/conta/perfil/raizes/retirar/", "/en/account/profile/heritage/withdraw/"),
    "interests": ("/pt/conta/perfil/interesses/", "/en/account/profile/interests/"),
    "languages": ("/pt/conta/perfil/linguas/", "/en/account/profile/languages/"),
    "culture": ("/pt/conta/perfil/convivio/", "/en/account/profile/culture/"),
    "arrival": ("/pt/conta/perfil/chegada/", "/en/account/profile/arrival/"),
    "home area": ("/pt/conta/perfil/zona/", "/en/account/profile/home-area/"),
    "legal names": ("/pt/conta/perfil/nomes-legais/", "/en/account/profile/legal-names/"),
    "blocks": ("/pt/conta/perfil/bloqueios/", "/en/account/profile/blocks/"),
    "members": ("/pt/membros/", "/en/members/?q=fado"),
}
