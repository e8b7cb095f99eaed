"""The town's vocabulary of heritage, interests and languages, each word in both languages.

``load_taxonomy`` puts it into an empty town; from then on the desk edits it there.
A slug or tag is part of public addresses and of the API: it may be added to, never changed.
"""

from __future__ import annotations

from typing import NamedTuple


class Term(NamedTuple):
    """A word of the vocabulary: its stable slug (or language tag) and its name in each language."""

    slug: str
    name_pt: str
    name_en: str


class Nation(NamedTuple):
    """The upper level of heritage and the regions within it; ``country`` is ISO 3166-1, or empty."""

    slug: str
    country: str
    name_pt: str
    name_en: str
    parts: tuple[Term, ...]


def _same(*pairs: tuple[str, str]) -> tuple[Term, ...]:
    """Terms whose name is the same in both languages."""
    return tuple(Term(slug, name, name) for slug, name in pairs)


REGIONS: tuple[Nation, ...] = (
    Nation(
        "portugal",
        "PT",
        "Portugal",
        "Portugal",
        (
            # The traditional provinces, which are how people say where their family is from;
            # districts and NUTS regions are not.
            Term("minho", "Minho", "Minho"),
            Term(
                "tras-os-montes",
                "Trás-os-Montes e Alto Douro",
                "Trás-os-Montes and Upper Douro",
            ),
            Term("porto", "Porto", "Porto"),
            Term("beiras", "Beiras", "The Beiras"),
            Term("lisboa", "Lisboa", "Lisbon"),
            Term("ribatejo", "Ribatejo", "Ribatejo"),
            Term("alentejo", "Alentejo", "Alentejo"),
            Term("algarve", "Algarve", "Algarve"),
            Term("madeira", "Madeira", "Madeira"),
            Term("acores", "Açores", "Azores"),
        ),
    ),
    Nation(
        "brasil",
        "BR",
        "Brasil",
        "Brazil",
        (
            *_same(
                ("acre", "Acre"),
                ("alagoas", "Alagoas"),
                ("amapa", "Amapá"),
                ("amazonas", "Amazonas"),
                ("bahia", "Bahia"),
                ("ceara", "Ceará"),
            ),
            Term("distrito-federal", "Distrito Federal (Brasília)", "Federal District (Brasília)"),
            *_same(
                ("espirito-santo", "Espírito Santo"),
                ("goias", "Goiás"),
                ("maranhao", "Maranhão"),
                ("mato-grosso", "Mato Grosso"),
                ("mato-grosso-do-sul", "Mato Grosso do Sul"),
                ("minas-gerais", "Minas Gerais"),
                ("para", "Pará"),
                ("paraiba", "Paraíba"),
                ("parana", "Paraná"),
                ("pernambuco", "Pernambuco"),
                ("piaui", "Piauí"),
                ("rio-de-janeiro", "Rio de Janeiro"),
                ("rio-grande-do-norte", "Rio Grande do Norte"),
                ("rio-grande-do-sul", "Rio Grande do Sul"),
                ("rondonia", "Rondônia"),
                ("roraima", "Roraima"),
                ("santa-catarina", "Santa Catarina"),
                ("sao-paulo", "São Paulo"),
                ("sergipe", "Sergipe"),
                ("tocantins", "Tocantins"),
            ),
        ),
    ),
    Nation(
        "angola",
        "AO",
        "Angola",
        "Angola",
        # The 21 provinces since the law of 2024.
        _same(
            ("bengo", "Bengo"),
            ("benguela", "Benguela"),
            ("bie", "Bié"),
            ("cabinda", "Cabinda"),
            ("cuando", "Cuando"),
            ("cuanza-norte", "Cuanza Norte"),
            ("cuanza-sul", "Cuanza Sul"),
            ("cubango", "Cubango"),
            ("cunene", "Cunene"),
            ("huambo", "Huambo"),
            ("huila", "Huíla"),
            ("icolo-e-bengo", "Icolo e Bengo"),
            ("luanda", "Luanda"),
            ("lunda-norte", "Lunda Norte"),
            ("lunda-sul", "Lunda Sul"),
            ("malanje", "Malanje"),
            ("moxico", "Moxico"),
            ("moxico-leste", "Moxico Leste"),
            ("namibe", "Namibe"),
            ("uige", "Uíge"),
            ("zaire", "Zaire"),
        ),
    ),
    Nation(
        "mocambique",
        "MZ",
        "Moçambique",
        "Mozambique",
        (
            *_same(
                ("cabo-delgado", "Cabo Delgado"),
                ("gaza", "Gaza"),
                ("inhambane", "Inhambane"),
                ("manica", "Manica"),
            ),
            Term("maputo", "Maputo (cidade)", "Maputo (city)"),
            Term("maputo-provincia", "Maputo (província)", "Maputo (province)"),
            *_same(
                ("nampula", "Nampula"),
                ("niassa", "Niassa"),
                ("sofala", "Sofala"),
                ("tete", "Tete"),
                ("zambezia", "Zambézia"),
            ),
        ),
    ),
    Nation(
        "cabo-verde",
        "CV",
        "Cabo Verde",
        "Cabo Verde",
        _same(
            ("santo-antao", "Santo Antão"),
            ("sao-vicente", "São Vicente"),
            ("sao-nicolau", "São Nicolau"),
            ("sal", "Sal"),
            ("boa-vista", "Boa Vista"),
            ("maio", "Maio"),
            ("santiago", "Santiago"),
            ("fogo", "Fogo"),
            ("brava", "Brava"),
        ),
    ),
    Nation(
        "guine-bissau",
        "GW",
        "Guiné-Bissau",
        "Guinea-Bissau",
        (
            *_same(("bafata", "Bafatá"), ("biombo", "Biombo"), ("bissau", "Bissau")),
            Term("bolama-bijagos", "Bolama e Bijagós", "Bolama and the Bijagós"),
            *_same(
                ("cacheu", "Cacheu"),
                ("gabu", "Gabú"),
                ("oio", "Oio"),
                ("quinara", "Quinara"),
                ("tombali", "Tombali"),
            ),
        ),
    ),
    Nation(
        "sao-tome-e-principe",
        "ST",
        "São Tomé e Príncipe",
        "São Tomé and Príncipe",
        _same(
            ("agua-grande", "Água Grande"),
            ("cantagalo", "Cantagalo"),
            ("caue", "Caué"),
            ("lemba", "Lembá"),
            ("lobata", "Lobata"),
            ("me-zochi", "Mé-Zóchi"),
            ("principe", "Príncipe"),
        ),
    ),
    Nation(
        "timor-leste",
        "TL",
        "Timor-Leste",
        "Timor-Leste",
        _same(
            ("aileu", "Aileu"),
            ("ainaro", "Ainaro"),
            ("atauro", "Ataúro"),
            ("baucau", "Baucau"),
            ("bobonaro", "Bobonaro"),
            ("covalima", "Covalima"),
            ("dili", "Díli"),
            ("ermera", "Ermera"),
            ("lautem", "Lautém"),
            ("liquica", "Liquiçá"),
            ("manatuto", "Manatuto"),
            ("manufahi", "Manufahi"),
            ("oecusse", "Oecusse"),
            ("viqueque", "Viqueque"),
        ),
    ),
    Nation("macau", "MO", "Macau", "Macau", ()),
    Nation(
        "goa",
        "IN",
        "Goa, Damão e Diu",
        "Goa, Daman and Diu",
        (Term("damao", "Damão", "Daman"), Term("diu", "Diu", "Diu")),
    ),
    Nation(
        "diaspora",
        "",
        "Diáspora e mundo de língua portuguesa",
        "Diaspora and wider Portuguese-speaking world",
        (
            Term("londres", "Londres e Reino Unido", "London and the United Kingdom"),
            Term("ilhas-do-canal", "Ilhas do Canal", "Channel Islands"),
            Term("franca", "França", "France"),
            Term("luxemburgo", "Luxemburgo", "Luxembourg"),
            Term("suica", "Suíça", "Switzerland"),
            Term("alemanha", "Alemanha", "Germany"),
            Term("paises-baixos", "Países Baixos", "Netherlands"),
            Term("espanha", "Espanha", "Spain"),
            Term("italia", "Itália", "Italy"),
            Term("galiza", "Galiza", "Galicia"),
            Term("estados-unidos", "Estados Unidos", "United States"),
            Term("canada", "Canadá", "Canada"),
            Term("bermudas", "Bermudas", "Bermuda"),
            Term("venezuela", "Venezuela", "Venezuela"),
            Term("africa-do-sul", "África do Sul", "South Africa"),
            Term("senegal", "Senegal", "Senegal"),
            Term("guine-equatorial", "Guiné Equatorial", "Equatorial Guinea"),
            Term("japao", "Japão", "Japan"),
            Term("australia", "Austrália", "Australia"),
            Term("malaca", "Malaca", "Malacca"),
        ),
    ),
)


INTERESTS: dict[str, tuple[Term, ...]] = {
    "music": (
        Term("fado", "Fado", "Fado"),
        Term("samba", "Samba e pagode", "Samba and pagode"),
        Term("bossa-nova", "Bossa nova e MPB", "Bossa nova and MPB"),
        Term("kizomba", "Kizomba e semba", "Kizomba and semba"),
        Term("morna", "Morna e coladeira", "Morna and coladeira"),
        Term("funana", "Funaná e batuque", "Funaná and batuque"),
        Term("marrabenta", "Marrabenta", "Marrabenta"),
        Term("gumbe", "Gumbé", "Gumbe"),
        Term("forro", "Forró", "Forró"),
        Term("coro", "Cantar em coro", "Choral singing"),
    ),
    "dance": (
        Term("capoeira", "Capoeira", "Capoeira"),
        Term("folclore", "Ranchos e danças tradicionais", "Ranchos and folk dance"),
        Term("danca-a-dois", "Danças a dois", "Partner dancing"),
        Term("carnaval", "Carnaval", "Carnival"),
    ),
    "table": (
        Term("cozinha", "Cozinhar receitas de família", "Cooking family recipes"),
        Term("pastelaria", "Doces e pastelaria", "Sweets and baking"),
        Term(
            "vinho",
            "Vinho do Porto, verde e da Madeira",
            "Port, vinho verde and Madeira wine",
        ),
        Term("cafe", "Café", "Coffee"),
        Term("churrasco", "Churrasco", "Barbecue"),
        Term("horta", "Hortas e jardins", "Allotments and gardens"),
    ),
    "sport": (
        Term("futebol", "Futebol", "Football"),
        Term("futsal", "Futsal", "Futsal"),
        Term("corrida", "Corrida", "Running"),
        Term("caminhadas", "Caminhadas", "Walking"),
        Term("jiu-jitsu", "Jiu-jitsu", "Jiu-jitsu"),
        Term("sueca", "Sueca e jogos de cartas", "Sueca and card games"),
    ),
    "words": (
        Term("leitura", "Clubes de leitura", "Book clubs"),
        Term("poesia", "Poesia e slam", "Poetry and slam"),
        Term("conversa", "Trocar línguas à conversa", "Language exchange"),
        Term("contos", "Contos e tradição oral", "Stories told aloud"),
    ),
    "arts": (
        Term("cinema", "Cinema", "Film"),
        Term("teatro", "Teatro", "Theatre"),
        Term("azulejo", "Azulejo e cerâmica", "Tiles and ceramics"),
        Term("bordado", "Bordado e costura", "Embroidery and sewing"),
        Term("fotografia", "Fotografia", "Photography"),
    ),
    "memory": (
        Term("historia", "História", "History"),
        Term("genealogia", "História da família", "Family history"),
        Term("fe", "Fé e vida da igreja", "Faith and church life"),
    ),
    "life": (
        Term("familia", "Vida com crianças", "Life with children"),
        Term("voluntariado", "Voluntariado", "Volunteering"),
        Term("chegar-a-londres", "Chegar e instalar-se em Londres", "Settling in London"),
        Term("carreira", "Carreira e mentoria", "Careers and mentoring"),
        Term("negocios", "Ter um negócio", "Running a business"),
        Term("tecnologia", "Tecnologia", "Technology"),
    ),
}


# BCP 47 tags. First what the town speaks, in the order of its nations, then the creoles and the
# languages of the same countries, then the neighbours'.
LANGUAGES: tuple[Term, ...] = (
    Term("pt-PT", "Português (Portugal)", "Portuguese (Portugal)"),
    Term("pt-BR", "Português (Brasil)", "Portuguese (Brazil)"),
    Term("pt-AO", "Português (Angola)", "Portuguese (Angola)"),
    Term("pt-MZ", "Português (Moçambique)", "Portuguese (Mozambique)"),
    Term("pt-CV", "Português (Cabo Verde)", "Portuguese (Cabo Verde)"),
    Term("pt-GW", "Português (Guiné-Bissau)", "Portuguese (Guinea-Bissau)"),
    Term("pt-ST", "Português (São Tomé e Príncipe)", "Portuguese (São Tomé and Príncipe)"),
    Term("pt-TL", "Português (Timor-Leste)", "Portuguese (Timor-Leste)"),
    Term("en", "Inglês", "English"),
    Term("kea", "Crioulo cabo-verdiano", "Cabo Verdean Creole"),
    Term("pov", "Crioulo da Guiné-Bissau", "Guinea-Bissau Creole"),
    Term("cri", "Forro (São Tomé)", "Forro (São Tomé)"),
    Term("pre", "Lung’Ie (Príncipe)", "Lung’Ie (Príncipe)"),
    Term("tet", "Tétum", "Tetum"),
    Term("kmb", "Quimbundo", "Kimbundu"),
    Term("umb", "Umbundo", "Umbundu"),
    Term("kg", "Quicongo", "Kikongo"),
    Term("vmw", "Macua", "Makhuwa"),
    Term("ts", "Changana (tsonga)", "Changana (Tsonga)"),
    Term("mwl", "Mirandês", "Mirandese"),
    Term("mzs", "Patuá de Macau", "Macanese Patuá"),
    Term("gl", "Galego", "Galician"),
    Term("kok", "Concani", "Konkani"),
    Term("bfi", "Língua gestual britânica (BSL)", "British Sign Language (BSL)"),
    Term("psr", "Língua gestual portuguesa", "Portuguese Sign Language"),
    Term(
        "bzs",
        "Língua brasileira de sinais (Libras)",
        "Brazilian Sign Language (Libras)",
    ),
    Term("es", "Espanhol", "Spanish"),
    Term("fr", "Francês", "French"),
    Term("it", "Italiano", "Italian"),
    Term("ar", "Árabe", "Arabic"),
)
