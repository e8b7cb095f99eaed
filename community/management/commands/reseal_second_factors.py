from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import transaction
from environ import Env

from community.login import SealedElsewhere, seal, unseal

NAMES = ("secret", "seed")  # of an app, of recovery codes; passkeys have none


class Command(BaseCommand):
    """Seals every second factor anew under the key of the door its member sets it up at. Safe to run again."""

    help = (
        "Seal second factors anew: those of desk workers under MFA_KEY_DESK, all others under MFA_KEY_SITE. It needs "
        "both in its environment, and the keys they were sealed with: SECRET_KEY, or those in MFA_KEY_SITE_FALLBACKS "
        "and MFA_KEY_DESK_FALLBACKS. Run it as the owner."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        env = Env()
        site, desk = (env(f"MFA_KEY_{door}", default="") for door in ("SITE", "DESK"))
        if not site or not desk or site == desk:
            raise CommandError("Set MFA_KEY_SITE and MFA_KEY_DESK, each to a key of its own.")
        old = [key for door in ("SITE", "DESK") for key in env.list(f"MFA_KEY_{door}_FALLBACKS", default=[])]
        keys = [site, desk, *old, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        done = lost = 0
        with transaction.atomic():
            for factor in Authenticator.objects.select_for_update(of=("self",)).select_related("user"):
                try:
                    for name in NAMES:
                        if name in factor.data:
                            key = desk if factor.user.works_at_the_desk else site
                            factor.data[name] = seal(unseal(factor.data[name], keys), key)
                            done += 1
                except SealedElsewhere:
                    lost += 1
                    continue
                factor.save(update_fields=["data"])
        self.stdout.write(f"{done} sealed anew; {lost} could not be opened by any of the keys.")
