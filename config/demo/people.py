"""People of the demo town. All are invented: logins end in ``lusotown.example``, everyone else in ``example.org``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """An invented member and what they show of themselves."""

    email: str
    name: str
    language: str = "pt"
    visibility: str = "community"
    verified_days_ago: int | None = None


@dataclass(frozen=True)
class Login(Person):
    """An account to try the town with; staff also need the demo's one-time codes."""

    role: str = "member"
    is_staff: bool = False
    is_superuser: bool = False


LOGINS: tuple[Login, ...] = (
    Login("maria@lusotown.example", "Maria Demo", "pt", "private", role="member"),
    Login("joana@lusotown.example", "Joana Demo", "en", "community", 120, role="verified member"),
    Login("tiago@lusotown.example", "Tiago Demo", "pt", "public", 300, role="organiser"),
    Login("moderador1@lusotown.example", "Amélia Demo", "pt", "private", 400, "moderator", is_staff=True),
    Login("moderador2@lusotown.example", "Baltazar Demo", "en", "private", 380, "moderator", is_staff=True),
    Login("admin@lusotown.example", "Custódia Demo", "pt", "private", None, "administrator", True, True),
    Login("admin2@lusotown.example", "Delfim Demo", "en", "private", None, "administrator", True, True),
)

# Whoever organises a public event is seen by anyone.
MEMBERS: tuple[Person, ...] = (
    Person("casa@example.org", "Casa do Tejo", "pt", "public", 500),
    Person("largo@example.org", "Largo das Oito Bandeiras", "pt", "public", 480),
    Person("ondas@example.org", "Associação Ondas do Barlavento", "pt", "public", 410),
    Person("andorinha@example.org", "Escola Andorinha", "pt", "public", 390),
    Person("ginga@example.org", "Estúdio Ginga e Passada", "en", "public", 350),
    Person("radio@example.org", "Rádio Sete Partidas", "pt", "public"),
    Person("albertina@example.org", "Albertina Quissanga", "pt", "public", 210),
    Person("zulmira@example.org", "Zulmira Nhantumbo", "pt", "public", 95),
    Person("idalecio@example.org", "Idalécio Fontainhas", "pt", "public", 330),
    Person("jandira@example.org", "Jandira Capistrano", "pt", "public", 150),
    Person("fidelia@example.org", "Fidélia Belo Ximenes", "en", "public", 60),
    Person("salvador@example.org", "Salvador Pegado Rosa", "en", "public"),
    Person("adelaide@example.org", "Adelaide Mourisca", "pt", "community", 20),
    Person("belmiro@example.org", "Belmiro Sanhá Djaló", "pt", "public", 44),
    Person("camilo@example.org", "Camilo Bragança Dias", "en", "public"),
    Person("deolinda@example.org", "Deolinda Furtado Tavares", "pt", "community", 75),
    Person("edmilson@example.org", "Edmilson Araripe", "pt", "public"),
    Person("florbela@example.org", "Florbela Câmara Spínola", "pt", "public", 200),
    Person("gaspar@example.org", "Gaspar Menezes Lobo", "en", "private"),
    Person("helder@example.org", "Hélder Munguambe", "pt", "public"),
    Person("iracema@example.org", "Iracema Jequié", "pt", "public", 31),
    Person("jacinto@example.org", "Jacinto Sequeira Pinho", "pt", "public"),
    Person("kiala@example.org", "Kiala Domingas Nzinga", "en", "community", 88),
    Person("leocadia@example.org", "Leocádia Vilhena", "pt", "public"),
    Person("malaquias@example.org", "Malaquias Trovoada", "pt", "public", 140),
    Person("natercia@example.org", "Natércia Baptista Coutinho", "en", "public"),
    Person("olimpio@example.org", "Olímpio da Veiga Monteiro", "pt", "private", 260),
    Person("palmira@example.org", "Palmira Godinho", "pt", "community", 12),
    Person("quiteria@example.org", "Quitéria Sabugosa", "pt", "public"),
    Person("rosalvo@example.org", "Rosalvo Caiapó Lins", "pt", "public"),
    Person("silvestre@example.org", "Silvestre Ornelas", "en", "private"),
    Person("tomasia@example.org", "Tomásia Pires dos Ramos", "pt", "community", 55),
    Person("ubaldo@example.org", "Ubaldo Freixo", "en", "public"),
    Person("virgilia@example.org", "Virgília Sacramento", "pt", "public", 180),
    Person("wanderleia@example.org", "Wanderleia Chapada", "pt", "public"),
    Person("xavier@example.org", "Xavier da Costa Sarmento", "en", "private"),
    Person("yolanda@example.org", "Yolanda Macuácua", "pt", "community", 70),
    Person("zeferino@example.org", "Zeferino Barrocas", "pt", "public"),
    Person("anselmo@example.org", "Anselmo Noronha Pacheco", "en", "community", 365),
    Person("benedita@example.org", "Benedita Lourosa", "pt", "public"),
)


@dataclass(frozen=True)
class Request:
    """An invented owner's word about a listing of the demo, waiting at the desk."""

    kind: str
    business: str
    name: str
    email: str
    role: str
    message: str
    language: str = "pt"
    paper: str = ""  # the kind of document that came with it, from the account of that address


REQUESTS: tuple[Request, ...] = (
    Request(
        "claim",
        "A Grelha do Ferreiro",
        "Jacinto Sequeira Pinho",
        "jacinto@example.org",
        "Dono",
        "A casa é minha e da minha irmã desde 2009. Envio o contrato de arrendamento.",
        paper="lease",
    ),
    Request(
        "claim",
        "Empório Serra da Saudade",
        "Wanderleia Chapada",
        "wanderleia@example.org",
        "Gerente",
        "O horário mudou: ao domingo abrimos às nove.",
    ),
    Request(
        "removal",
        "Spa Água de Coco",
        "Noémia Bandeira",
        "noemia@example.org",
        "Former owner",
        "We closed in the spring. Please take the listing down.",
        "en",
    ),
)
