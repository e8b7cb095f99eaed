"""Who of the demo town asked to have their heritage verified, and what became of it: all are invented, papers too.

Besides these, whoever wears the badge was approved on the day their profile says (config/demo/people.py).
"""

from __future__ import annotations

from dataclasses import dataclass

DOCUMENT, QUESTIONS, REFERENCE = "document", "cultural_knowledge", "community_reference"
AMELIA, BALTAZAR, CUSTODIA = (f"{name}@lusotown.example" for name in ("moderador1", "moderador2", "admin"))


@dataclass(frozen=True)
class Wish:
    """One case: how long it waits, or how long ago it ended.

    ``days`` since it was handed in, or ended if ``status`` says so. ``took`` days from one to the other.
    ``said`` is the desk's sentence: its question, or its word with a rejection. ``appeal`` is against the one before
    of the same member. ``by`` voted, one after the other.
    """

    email: str
    route: str
    days: float
    status: str = "pending"
    took: float = 0
    note: str = ""
    reason: str = ""
    said: str = ""
    by: tuple[str, ...] = ()
    is_handed_in: bool = True
    appeal: bool = False
    nation: str = "portugal"
    score: int = 10
    kind: str = "passport"


# Waiting at the desk: by every route, some for minutes and one for far too long.
WAITING: tuple[Wish, ...] = (
    Wish("gaspar@example.org", DOCUMENT, 6.2, note="My passport is in my late father's spelling of our name."),
    Wish(
        "jacinto@example.org",
        DOCUMENT,
        3.4,
        kind="birth",
        note="É o assento de nascimento da minha avó; o meu vem na segunda página.",
        by=(AMELIA,),  # a second of one mind is wanted
    ),
    Wish("natercia@example.org", DOCUMENT, 0.2, kind="identity_card"),
    Wish("edmilson@example.org", QUESTIONS, 4.1, nation="brasil", score=7, note="Na última, o dedo escorregou."),
    Wish("leocadia@example.org", QUESTIONS, 1.3, nation="portugal", score=11),
    Wish("camilo@example.org", REFERENCE, 2.5),
    Wish("ubaldo@example.org", REFERENCE, 0.03, note="They know me from the choir."),
    Wish(
        "helder@example.org",
        DOCUMENT,
        1.9,
        status="needs_information",
        kind="citizenship",
        said="A data do registo está cortada na fotografia. Pode dizer-nos de que ano é?",
        by=(BALTAZAR,),
    ),
    Wish("silvestre@example.org", REFERENCE, 0.8, is_handed_in=False),
)

# Ended over the last months, besides the badges.
ENDED: tuple[Wish, ...] = (
    Wish(
        "malaquias@example.org", DOCUMENT, 158, "rejected", 3.5, reason="other_name",
        said="O apelido do documento não é o da conta.", by=(AMELIA, CUSTODIA),
    ),
    Wish(
        "rosalvo@example.org", QUESTIONS, 41, "rejected", 1.5, reason="answers", nation="brasil", score=4,
        by=(AMELIA, BALTAZAR),
    ),
    Wish("salvador@example.org", QUESTIONS, 70, "withdrawn", 0.4, nation="cabo-verde", score=5),
    Wish(
        "wanderleia@example.org", REFERENCE, 96, "rejected", 5.5, reason="references",
        said="Uma das pessoas disse-nos depois que a conhece só de vista.", by=(BALTAZAR, AMELIA),
    ),
    Wish("xavier@example.org", DOCUMENT, 33, "expired", 60),
    Wish(
        "quiteria@example.org", QUESTIONS, 21, "rejected", 2.2, reason="answers", score=3, by=(AMELIA, BALTAZAR),
    ),
    Wish(
        "quiteria@example.org", QUESTIONS, 8, "rejected", 3.1, reason="answers", score=3, appeal=True, by=(CUSTODIA,),
        note="Nasci em Beja; as perguntas eram todas do norte.",
        said="Compreendemos. Duas pessoas que a conheçam chegam: peça-lhes a palavra.",
    ),
    Wish(
        "zeferino@example.org", DOCUMENT, 9.5, "rejected", 2.8, reason="expired_paper",
        by=(BALTAZAR, AMELIA), kind="identity_card",
    ),
    Wish(
        "zeferino@example.org", DOCUMENT, 1.1, appeal=True, kind="identity_card",
        note="O cartão caducou em maio, mas a nacionalidade não. Podem ver outra vez?",
    ),
)  # fmt: skip

# How whoever wears the badge came by it, where it was not the turn of the next route.
BY_APPEAL = "malaquias@example.org"
REFEREES = ("casa@example.org", "largo@example.org", "ondas@example.org")
