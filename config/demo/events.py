"""Events of the demo town. None of them takes place; days are counted from the day the demo is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)


class Occurs(NamedTuple):
    """Days counted from today: plain numbers of days, or one day of the week some weeks from now (negative: ago)."""

    weekday: int | None
    counts: tuple[int, ...]

    def dates(self, today: date) -> Iterator[date]:
        """The days themselves, for a town loaded today."""
        if self.weekday is None:
            yield from (today + timedelta(days=count) for count in self.counts)
        else:
            first = today + timedelta(days=(self.weekday - today.weekday()) % 7)
            yield from (first + timedelta(weeks=count) for count in self.counts)


def on(weekday: int, *weeks: int) -> Occurs:
    return Occurs(weekday, weeks)


def in_days(*days: int) -> Occurs:
    return Occurs(None, days)


@dataclass(frozen=True, kw_only=True)
class Venue:
    """An invented place on a real street."""

    name: str
    address: str
    postcode: str
    borough: str
    lat: float
    lon: float
    access: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Gathering:
    """An invented event, once or many times. ``at`` is a venue's key or the name of a business of the demo."""

    category: str
    title: tuple[str, str]  # Portuguese, English; an empty one shows the fallback
    text: tuple[str, str]
    meaning: tuple[str, str] = ("", "")
    occurs: Occurs
    starts: str
    hours: float
    at: str = ""
    organizer: str = "tiago@lusotown.example"
    regions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("pt-PT", "en")
    tags: tuple[str, ...] = ()
    pounds: float = 0
    capacity: int | None = None
    access: tuple[str, ...] = ()  # beyond what its place has
    format: str = "in_person"
    status: str = "published"
    visibility: str = "public"


FULL_ACCESS = ("step_free", "accessible_toilet")

VENUES: dict[str, Venue] = {
    "barco": Venue(
        name="Barco Sara Cais",
        address="Butler’s Wharf Pier",
        postcode="SE1 2YE",
        borough="southwark",
        lat=51.5040,
        lon=-0.0735,
    ),
    "parque": Venue(
        name="Relvado da Pedra Alta",
        address="Kennington Park Road",
        postcode="SE11 4DA",
        borough="lambeth",
        lat=51.4835,
        lon=-0.1090,
        access=("step_free",),
    ),
    "campo": Venue(
        name="Campos do Canal",
        address="Scrubs Lane",
        postcode="NW10 6SJ",
        borough="hammersmith-and-fulham",
        lat=51.5255,
        lon=-0.2365,
        access=("step_free", "accessible_toilet", "blue_badge_parking"),
    ),
    "biblioteca": Venue(
        name="Biblioteca do Pátio",
        address="Cable Street",
        postcode="E1 2QG",
        borough="tower-hamlets",
        lat=51.5115,
        lon=-0.0560,
        access=("step_free", "accessible_toilet", "hearing_loop", "quiet_space"),
    ),
    "teatro": Venue(
        name="Teatro da Lanterna",
        address="Upper Street",
        postcode="N1 1QP",
        borough="islington",
        lat=51.5390,
        lon=-0.1026,
        access=("step_free", "accessible_toilet", "hearing_loop"),
    ),
    "cinema": Venue(
        name="Cinema Alvorada",
        address="Coldharbour Lane",
        postcode="SW9 8UA",
        borough="lambeth",
        lat=51.4625,
        lon=-0.1065,
        access=FULL_ACCESS,
    ),
    "armazem": Venue(
        name="Armazém Catorze",
        address="Fish Island, Dace Road",
        postcode="E3 2BX",
        borough="tower-hamlets",
        lat=51.5370,
        lon=-0.0240,
        access=FULL_ACCESS,
    ),
    "salao": Venue(
        name="Salão da Boa Esperança",
        address="High Road, Leytonstone",
        postcode="E11 4RU",
        borough="waltham-forest",
        lat=51.5640,
        lon=0.0075,
        access=FULL_ACCESS,
    ),
    "torre": Venue(
        name="Sala do Trigésimo",
        address="Leadenhall Street",
        postcode="EC3A 8AL",
        borough="city-of-london",
        lat=51.5138,
        lon=-0.0800,
        access=("step_free", "accessible_toilet", "hearing_loop"),
    ),
    "capela": Venue(
        name="Igreja de Santa Iria do Rio",
        address="Lower Road",
        postcode="SE16 2AJ",
        borough="southwark",
        lat=51.4960,
        lon=-0.0500,
        access=("step_free",),
    ),
    "quinta": Venue(
        name="Hortas da Azinhaga",
        address="Windmill Road, Mitcham",
        postcode="CR4 1HD",
        borough="merton",
        lat=51.3985,
        lon=-0.1530,
        access=("step_free",),
    ),
    "harrow": Venue(
        name="Salão Mandovi",
        address="Northolt Road, South Harrow",
        postcode="HA2 0DU",
        borough="harrow",
        lat=51.5650,
        lon=-0.3520,
        access=FULL_ACCESS,
    ),
    "museu": Venue(
        name="Casa-Museu do Piloto",
        address="Narrow Street",
        postcode="E14 8BY",
        borough="tower-hamlets",
        lat=51.5095,
        lon=-0.0350,
    ),
}


GATHERINGS: tuple[Gathering, ...] = (
    # Fado
    Gathering(
        category="fado",
        title=("Fado vadio na adega", "Fado vadio at the tavern"),
        text=(
            "Duas guitarras, uma luz baixa e quem tiver coragem. Inscreva-se com o moço do balcão até às nove; "
            "quando a primeira corda soa, ninguém fala e ninguém serve.",
            "Two guitars, low light and whoever dares. Put your name down at the bar by nine; when the first string "
            "sounds, nobody talks and nobody serves.",
        ),
        meaning=(
            "O fado vadio é o que se canta sem cachê, nas tabernas, por gosto ou por desgosto. Foi assim que nasceu.",
            "Fado vadio is sung unpaid, in taverns, for love or for grief. That is how fado began.",
        ),
        occurs=on(THURSDAY, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7),
        starts="20:00",
        hours=4,
        at="Adega da Nespereira",
        regions=("lisboa",),
        languages=("pt-PT",),
        tags=("live-music", "open-mic", "wine", "over-18", "weekly"),
    ),
    Gathering(
        category="fado",
        title=("Noite de fado à beira do Tamisa", "A night of fado by the Thames"),
        text=(
            "Três vozes de três gerações e a guitarra portuguesa no meio. Há caldo verde ao intervalo, e as velas "
            "são de verdade.",
            "Three voices from three generations and a Portuguese guitar between them. There is kale soup in the "
            "interval, and the candles are real.",
        ),
        meaning=(
            "O fado de Lisboa e a canção de Coimbra raras vezes dividem o palco: um canta-se a um bairro inteiro, a "
            "outra a uma janela.",
            "Lisbon’s fado and Coimbra’s song seldom share a stage: one is sung to a whole neighbourhood, the "
            "other to a window.",
        ),
        occurs=on(SATURDAY, 0, 4, 8),
        starts="19:30",
        hours=3.5,
        at="Casa do Tejo",
        organizer="casa@example.org",
        regions=("lisboa", "beiras"),
        tags=("live-music", "food-served", "booking-needed", "riverside"),
        pounds=12.5,
        capacity=80,
        access=("hearing_loop",),
    ),
    Gathering(
        category="fado",
        title=("Oficina de guitarra portuguesa para principiantes", "Portuguese guitar for complete beginners"),
        text=(
            "Como afinar doze cordas sem chorar, o toque do polegar e um primeiro fado em dó menor. Há instrumentos "
            "para emprestar.",
            "How to tune twelve strings without tears, the thumb stroke, and a first fado in C minor. Instruments to "
            "borrow.",
        ),
        occurs=on(SATURDAY, 1, 3),
        starts="10:30",
        hours=2.5,
        at="Escola de Música Doze Cordas",
        regions=("portugal",),
        tags=("workshop", "beginners-welcome", "booking-needed"),
        pounds=15,
        capacity=10,
    ),
    # Folklore
    Gathering(
        category="folklore",
        title=("Ensaio aberto do rancho", "Open rehearsal of the rancho"),
        text=(
            "Viras, malhões e chulas com concertina. Traga sapatos que agarrem ao chão; os trajes ficam para a festa. "
            "Dançam avós, netos e quem passar na rua.",
            "Viras, malhões and chulas to the concertina. Wear shoes that grip; costumes can wait for the festa. "
            "Grandparents dance, grandchildren dance, and so does anyone passing.",
        ),
        meaning=(
            "Cada terra do Minho tem o seu passo e a sua cor de lenço. Em Londres, juntam-se todos na mesma roda.",
            "Every parish of Minho has its own step and its own colour of scarf. In London they share one ring.",
        ),
        occurs=on(FRIDAY, -1, 0, 1, 2, 3, 4),
        starts="20:00",
        hours=2,
        at="Casa do Tejo",
        organizer="casa@example.org",
        regions=("minho", "tras-os-montes"),
        languages=("pt-PT",),
        tags=("dancing", "family-friendly", "beginners-welcome", "drop-in", "weekly"),
    ),
    Gathering(
        category="folklore",
        title=("Bumba meu boi no armazém", "Bumba meu boi at the warehouse"),
        text=(
            "O boi morre, o boi ressuscita, e no meio há matracas, fitas e muito Maranhão. Desfile com crianças às "
            "quatro, roda grande às seis.",
            "The ox dies, the ox rises again, and in between there are clappers, ribbons and a great deal of Maranhão. "
            "Children’s procession at four, the big circle at six.",
        ),
        meaning=(
            "Auto popular do Norte e do Nordeste do Brasil, feito de heranças indígenas, africanas e portuguesas; é "
            "património cultural da humanidade.",
            "A folk drama of northern Brazil, made of Indigenous, African and Portuguese inheritances; it is on the "
            "list of humanity’s intangible heritage.",
        ),
        occurs=on(SUNDAY, 3),
        starts="15:30",
        hours=5,
        at="armazem",
        organizer="jandira@example.org",
        regions=("maranhao", "brasil"),
        languages=("pt-BR", "en"),
        tags=("family-friendly", "live-music", "dancing"),
        pounds=8,
        capacity=250,
    ),
    # Food and drink
    Gathering(
        category="cuisine",
        title=("Cachupa de domingo de manhã", "Sunday morning cachupa"),
        text=(
            "A cachupa de ontem, refogada com cebola e com um ovo a cavalo: é assim que começa o domingo no Mindelo. "
            "Mesa comprida, quem chega senta-se.",
            "Yesterday’s cachupa, fried up with onion and topped with an egg: this is how Sunday starts in Mindelo. "
            "One long table; sit where there is room.",
        ),
        meaning=(
            "Milho, feijão e o que houver: a cachupa conta a história de ilhas onde nunca choveu o bastante.",
            "Maize, beans and whatever there is: cachupa tells the story of islands where it never rained enough.",
        ),
        occurs=on(SUNDAY, 0, 1, 2, 3, 4),
        starts="10:00",
        hours=3,
        at="Casa Sodade do Porto Grande",
        organizer="ondas@example.org",
        regions=("sao-vicente", "cabo-verde"),
        languages=("kea", "pt-CV", "en"),
        tags=("food-served", "family-friendly", "weekly"),
        pounds=9,
        capacity=40,
    ),
    Gathering(
        category="cuisine",
        title=("Oficina de pastéis de nata", "Make your own pastéis de nata"),
        text=(
            "Massa folhada dobrada seis vezes, creme ao ponto de fio e um forno que assusta. Cada um leva para casa "
            "uma dúzia e as queimaduras são raras.",
            "Pastry folded six times, custard at thread stage and an oven that frightens people. Everyone takes home a "
            "dozen, and burns are rare.",
        ),
        occurs=on(SATURDAY, 0, 2, 5),
        starts="15:00",
        hours=2.5,
        at="Pastelaria Maré Alta",
        regions=("lisboa",),
        tags=("workshop", "booking-needed", "beginners-welcome", "vegetarian"),
        pounds=28,
        capacity=8,
    ),
    Gathering(
        category="cuisine",
        title=("Sábado de mufete com semba", "Mufete Saturday with semba"),
        text=(
            "Peixe na brasa, feijão de óleo de palma, banana, batata-doce e mandioca. Depois do almoço a Tia Guida "
            "escolhe os discos e ninguém se levanta antes das seis.",
            "Grilled fish, palm-oil beans, plantain, sweet potato and cassava. After lunch Tia Guida chooses the "
            "records, and nobody gets up before six.",
        ),
        meaning=(
            "O mufete é o almoço de sábado em Luanda: come-se devagar, em família, com os pés quase no mar.",
            "Mufete is Saturday lunch in Luanda: eaten slowly, with the family, feet almost in the sea.",
        ),
        occurs=on(SATURDAY, 0, 1, 3),
        starts="13:00",
        hours=5,
        at="Quintal da Tia Guida",
        organizer="albertina@example.org",
        regions=("luanda",),
        languages=("pt-AO", "en"),
        tags=("food-served", "dj", "dancing"),
        pounds=22,
        capacity=60,
    ),
    Gathering(
        category="cuisine",
        title=("Feijoada completa e roda de choro", "Feijoada and a choro circle"),
        text=(
            "Couve fina, laranja, farofa e um sexteto que não aceita pedidos, mas adivinha. Há panela de feijão sem "
            "carne.",
            "Shredded greens, orange, farofa, and a sextet that takes no requests but guesses them. There is a "
            "meatless pot.",
        ),
        occurs=on(SATURDAY, 2, 6),
        starts="12:30",
        hours=4,
        at="Quintal do Recôncavo",
        organizer="jandira@example.org",
        regions=("rio-de-janeiro", "bahia"),
        languages=("pt-BR", "en"),
        tags=("food-served", "live-music", "vegetarian"),
        pounds=24,
        capacity=55,
    ),
    Gathering(
        category="cuisine",
        title=("Culinária de Timor: café, milho e tamarindo", "Cooking from Timor: coffee, maize and tamarind"),
        text=(
            "Fidélia ensina ikan sabuko e batar da’an, e torra café numa frigideira como a avó fazia em Ermera. "
            "No fim, come-se tudo.",
            "Fidélia teaches ikan sabuko and batar da’an, and roasts coffee in a frying pan as her grandmother did in "
            "Ermera. At the end, everything is eaten.",
        ),
        occurs=on(SUNDAY, 1),
        starts="11:00",
        hours=3,
        at="Café Ramelau Alto",
        organizer="fidelia@example.org",
        regions=("ermera", "timor-leste"),
        languages=("tet", "pt-TL", "en"),
        tags=("workshop", "food-served", "booking-needed"),
        pounds=18,
        capacity=12,
    ),
    Gathering(
        category="cuisine",
        title=("Açorda, migas e outras artes do pão", "Açorda, migas and other arts with bread"),
        text=(
            "No Alentejo nunca se deitou pão fora. Quatro receitas de pão velho, alho, coentros e azeite, e uma prova "
            "de vinhos de talha.",
            "In the Alentejo no bread was ever thrown away. Four recipes for stale bread, garlic, coriander and olive "
            "oil, and a tasting of clay-pot wines.",
        ),
        occurs=on(WEDNESDAY, 2),
        starts="19:00",
        hours=2.5,
        at="Vinhos Rabelo & Neta",
        organizer="idalecio@example.org",
        regions=("alentejo",),
        tags=("workshop", "wine", "booking-needed", "over-18"),
        pounds=30,
        capacity=16,
    ),
    # Festas and festivals
    Gathering(
        category="festival",
        title=("Arraial fora de época: São João no parque", "An arraial out of season: São João in the park"),
        text=(
            "Porque junho está sempre longe: sardinhas, manjericos de papel, marteladas leves na cabeça e um baile com "
            "luzes de todas as cores. O balão desce com a corda que o prende.",
            "Because June is always too far away: sardines, paper basil pots, soft hammers on heads and a dance under "
            "lights of every colour. The balloon stays on its rope.",
        ),
        meaning=(
            "O São João junta o Porto, Braga e o Nordeste do Brasil na mesma noite: fogueira de um lado, quadrilha do "
            "outro, e milho assado em todos.",
            "São João puts Porto, Braga and the Brazilian Northeast into one night: bonfires on one side, quadrilha on "
            "the other, roast maize on both.",
        ),
        occurs=on(SATURDAY, 5),
        starts="15:00",
        hours=8,
        at="parque",
        organizer="largo@example.org",
        regions=("porto", "minho", "pernambuco"),
        languages=("pt-PT", "pt-BR", "en"),
        tags=("outdoors", "family-friendly", "food-served", "live-music", "dancing", "volunteers"),
        access=("accessible_toilet", "quiet_space"),
    ),
    Gathering(
        category="festival",
        title=("Festival das Oito Bandeiras", "Festival of the Eight Flags"),
        text=(
            "Um dia inteiro com oito cozinhas, oito palcos pequenos e celebrações de todas as costas da língua. "
            "Cada hora abre um país; às oito tocam todos ao mesmo tempo.",
            "A whole day with eight kitchens, eight small stages and celebrations from every shore of the language. "
            "Each hour opens one country; at eight they all play at once.",
        ),
        meaning=(
            "Oito países, centenas de línguas e uma que se partilha. O festival não escolhe sotaque.",
            "Eight countries, hundreds of languages and one in common. The festival does not choose an accent.",
        ),
        occurs=on(SUNDAY, 7),
        starts="11:00",
        hours=10,
        at="armazem",
        organizer="largo@example.org",
        regions=(
            "portugal",
            "brasil",
            "angola",
            "mocambique",
            "cabo-verde",
            "guine-bissau",
            "sao-tome-e-principe",
            "timor-leste",
        ),
        languages=("pt-PT", "pt-BR", "pt-AO", "pt-MZ", "kea", "en"),
        tags=("family-friendly", "food-served", "live-music", "dancing", "volunteers"),
        pounds=5,
        capacity=900,
        access=("sign_language", "quiet_space"),
    ),
    Gathering(
        category="festival",
        title=("Ensaio geral do bloco de Carnaval", "Full rehearsal of the Carnival bloco"),
        text=(
            "Surdos, caixas, agogôs e cem pessoas que nunca tinham tocado nada. Ainda há baquetas livres; "
            "fantasia só no dia.",
            "Surdos, snares, agogôs and a hundred people who had never played a note. There are spare sticks; costumes "
            "wait for the day.",
        ),
        occurs=on(SUNDAY, 2, 4, 6),
        starts="14:00",
        hours=3,
        at="armazem",
        organizer="edmilson@example.org",
        regions=("rio-de-janeiro", "bahia", "sao-vicente"),
        languages=("pt-BR", "kea", "en"),
        tags=("live-music", "beginners-welcome", "drop-in"),
        pounds=4,
    ),
    # Language
    Gathering(
        category="language",
        title=("Português do zero", "Portuguese from scratch"),
        text=(
            "Para namorados, noras, vizinhos e curiosos: dez palavras por semana e muita conversa. As professoras são "
            "uma de Évora e outra de Salvador, e discordam com graça.",
            "For partners, in-laws, neighbours and the curious: ten words a week and a lot of talk. One teacher is "
            "from Évora and one from Salvador, and they disagree charmingly.",
        ),
        occurs=on(TUESDAY, 0, 1, 2, 3, 4, 5, 6),
        starts="18:45",
        hours=1.5,
        at="Largo das Oito Bandeiras",
        organizer="largo@example.org",
        regions=("portugal", "brasil"),
        languages=("pt-PT", "pt-BR", "en"),
        tags=("beginners-welcome", "weekly", "booking-needed"),
        pounds=6,
        capacity=18,
    ),
    Gathering(
        category="language",
        title=("Inglês para o trabalho", "English for work"),
        text=(
            "Entrevistas, recados ao telefone e o que responder a «you alright?». Grátis para quem chegou há menos de "
            "dois anos.",
            "Job interviews, phone messages and what to answer to “you alright?”. Free for anyone who arrived less "
            "than two years ago.",
        ),
        occurs=on(MONDAY, 0, 1, 2, 3, 4),
        starts="18:30",
        hours=1.5,
        at="Largo das Oito Bandeiras",
        organizer="largo@example.org",
        languages=("pt-PT", "pt-BR", "pt-AO", "en"),
        tags=("newcomers", "beginners-welcome", "weekly", "drop-in"),
        capacity=25,
    ),
    Gathering(
        category="language",
        title=("Conversas em crioulo", "Talking in Creole"),
        text=(
            "Kriolu de Santiago, de São Vicente e da Guiné à mesma mesa, com quem quer aprender. Traga uma palavra da "
            "sua avó.",
            "The Creoles of Santiago, São Vicente and Guinea-Bissau at one table, with anyone who wants to learn. "
            "Bring one of your grandmother’s words.",
        ),
        occurs=on(WEDNESDAY, 1, 5),
        starts="19:00",
        hours=2,
        at="Mesa de Mancarra",
        organizer="belmiro@example.org",
        regions=("santiago", "sao-vicente", "guine-bissau"),
        languages=("kea", "pov", "en"),
        tags=("drop-in", "talk"),
    ),
    # Business, networking
    Gathering(
        category="business",
        title=("Abrir um negócio sem perder o sono", "Start a business and still sleep"),
        text=(
            "Registo, IVA, licenças e o primeiro empregado, explicados por quem já errou. Cada pessoa sai com uma "
            "lista de três coisas para fazer.",
            "Registration, VAT, licences and the first employee, explained by people who have made the mistakes. "
            "Everyone leaves with a list of three things to do.",
        ),
        occurs=on(THURSDAY, 1, 5),
        starts="18:30",
        hours=2,
        at="torre",
        organizer="natercia@example.org",
        languages=("pt-PT", "pt-BR", "en"),
        tags=("talk", "advice", "booking-needed"),
        format="hybrid",
        capacity=70,
    ),
    Gathering(
        category="business",
        title=("Impostos: dúvidas de última hora", "Tax: last-minute questions"),
        text=(
            "Duas contabilistas, uma folha de cálculo e paciência. Online, com câmara ligada ou desligada.",
            "Two accountants, one spreadsheet and patience. Online, camera on or off.",
        ),
        occurs=on(WEDNESDAY, 0, 3, 7),
        starts="19:00",
        hours=1.5,
        organizer="natercia@example.org",
        languages=("pt-PT", "pt-BR", "en"),
        tags=("advice", "drop-in"),
        format="online",
    ),
    Gathering(
        category="networking",
        title=("Pequeno encontro de grandes ofícios", "A small meeting of large trades"),
        text=(
            "Pedreiros, programadoras, cozinheiras e enfermeiros à mesma mesa: dois minutos para dizer o que se faz e "
            "dois para pedir ajuda.",
            "Bricklayers, programmers, cooks and nurses at one table: two minutes to say what you do and two to ask "
            "for help.",
        ),
        occurs=on(TUESDAY, 1, 5),
        starts="18:30",
        hours=2.5,
        at="Café Calçada Torta",
        organizer="salvador@example.org",
        languages=("pt-PT", "pt-BR", "en"),
        tags=("monthly", "newcomers"),
        capacity=40,
    ),
    Gathering(
        category="networking",
        title=("", "Lusophones in tech: lightning talks"),
        text=(
            "",
            "Six five-minute talks about things that broke in production, followed by pão de queijo. In English, with "
            "heckling in Portuguese.",
        ),
        occurs=on(THURSDAY, 3),
        starts="18:30",
        hours=3,
        at="torre",
        organizer="camilo@example.org",
        languages=("en", "pt-BR", "pt-PT"),
        tags=("talk", "food-served", "booking-needed"),
        capacity=90,
    ),
    # Sport
    Gathering(
        category="sports",
        title=("Futebol de domingo, sete contra sete", "Sunday football, seven a side"),
        text=(
            "Lados sorteados por cores, sem árbitro e sem queixas. Há sempre quem falte: venha mesmo sem avisar.",
            "Teams drawn by colour, no referee and no complaints. Someone is always missing, so turn up anyway.",
        ),
        occurs=on(SUNDAY, -1, 0, 1, 2, 3, 4, 5),
        starts="10:00",
        hours=2,
        at="campo",
        organizer="helder@example.org",
        languages=("pt-MZ", "pt-BR", "en"),
        tags=("outdoors", "drop-in", "weekly"),
        pounds=5,
        capacity=28,
    ),
    Gathering(
        category="sports",
        title=("Capoeira para todos", "Capoeira for everyone"),
        text=(
            "Ginga, esquiva e cantigas. A primeira aula é grátis e não é preciso saber fazer o pino. Termina em roda.",
            "Ginga, dodges and songs. The first class is free and no handstands are needed. It ends in a roda.",
        ),
        meaning=(
            "Luta disfarçada de dança, nascida da resistência de africanos escravizados no Brasil: o berimbau manda, e "
            "os mestres são biblioteca.",
            "A fight disguised as a dance, born of the resistance of enslaved Africans in Brazil: the berimbau "
            "commands, and the masters are the library.",
        ),
        occurs=on(WEDNESDAY, 0, 1, 2, 3, 4, 5, 6),
        starts="19:00",
        hours=1.5,
        at="Estúdio Ginga e Passada",
        organizer="ginga@example.org",
        regions=("bahia", "angola"),
        languages=("pt-BR", "en"),
        tags=("beginners-welcome", "weekly", "live-music"),
        pounds=9,
        capacity=24,
    ),
    Gathering(
        category="sports",
        title=("Noite de dérbi", "Derby night"),
        text=(
            "Vermelhos à esquerda, verdes à direita, azuis onde couberem. Bifanas ao intervalo, silêncio nas faltas.",
            "Reds on the left, greens on the right, blues wherever they fit. Half-time bifanas, hush for free kicks.",
        ),
        occurs=in_days(9),
        starts="19:30",
        hours=3,
        at="Café Elétrico Amarelo",
        regions=("portugal",),
        languages=("pt-PT",),
        tags=("match-day", "food-served"),
        capacity=45,
    ),
    Gathering(
        category="sports",
        title=("Torneio de sueca a duas mãos", "Sueca tournament"),
        text=(
            "Parelhas fixas, bisca mandada no desempate e um presunto para quem ganhar. Sem sinais: há fiscal.",
            "Fixed pairs, bisca for the tie-break and a ham for the winners. No signalling: there is an inspector.",
        ),
        occurs=on(SATURDAY, 4),
        starts="15:00",
        hours=4,
        at="salao",
        organizer="jacinto@example.org",
        languages=("pt-PT",),
        tags=("tournament", "seniors"),
        pounds=3,
        capacity=64,
    ),
    # Literature
    Gathering(
        category="literature",
        title=("Clube de leitura: livros com mar", "Book club: books with the sea in them"),
        text=(
            "Este mês, contos de quatro ilhas. Lê-se em qualquer edição e em qualquer língua; discute-se em português, "
            "com tradução sussurrada.",
            "This month, stories from four islands. Read any edition in any language; discussion in Portuguese, with "
            "whispered translation.",
        ),
        occurs=on(TUESDAY, 2, 6, 10),
        starts="19:00",
        hours=2,
        at="biblioteca",
        organizer="leocadia@example.org",
        regions=("cabo-verde", "sao-tome-e-principe", "acores", "madeira"),
        languages=("pt-PT", "kea", "en"),
        tags=("monthly", "talk", "drop-in"),
        capacity=20,
    ),
    Gathering(
        category="literature",
        title=("Slam: a língua é de quem a usa", "Slam: a language belongs to whoever uses it"),
        text=(
            "Três minutos, nenhum adereço e um júri escolhido na plateia. Poemas em português de qualquer lado, "
            "crioulo ou as duas coisas.",
            "Three minutes, no props and a jury picked from the audience. Poems in Portuguese from anywhere, in "
            "Creole, or in both.",
        ),
        occurs=on(FRIDAY, 3),
        starts="20:00",
        hours=2.5,
        at="Rádio Sete Partidas",
        organizer="radio@example.org",
        regions=("angola", "brasil", "mocambique"),
        languages=("pt-AO", "pt-BR", "pt-MZ", "kea"),
        tags=("open-mic", "young-people"),
        pounds=5,
        capacity=70,
    ),
    Gathering(
        category="literature",
        title=("Feira do livro usado", "Second-hand book fair"),
        text=(
            "Quinze bancas, livros a partir de cinquenta pence e uma caixa de gramáticas que ninguém quer. Trocas até "
            "ao meio-dia.",
            "Fifteen stalls, books from fifty pence and a box of grammars nobody wants. Swaps until noon.",
        ),
        occurs=on(SUNDAY, 5),
        starts="10:00",
        hours=6,
        at="Casa do Tejo",
        organizer="casa@example.org",
        tags=("family-friendly", "drop-in"),
    ),
    # Arts
    Gathering(
        category="arts",
        title=("Exposição: mãos de barro", "Exhibition: hands of clay"),
        text=(
            "Bonecos de Estremoz, carrancas do São Francisco e panelas de Díli, fotografados nas mãos de quem os faz. "
            "Visita guiada aos sábados às três.",
            "Clay figures from Estremoz, river figureheads from the São Francisco and pots from Dili, photographed in "
            "the hands of their makers. Guided visits on Saturdays at three.",
        ),
        meaning=(
            "As exposições deste ano juntam ofícios que nunca se encontraram e se reconhecem à primeira vista.",
            "This year’s exhibitions bring together crafts that never met and recognise each other at first sight.",
        ),
        occurs=in_days(-6),
        starts="10:00",
        hours=24 * 40 + 8,
        at="biblioteca",
        organizer="virgilia@example.org",
        regions=("alentejo", "bahia", "dili"),
        languages=("pt-PT", "en"),
        tags=("exhibition", "drop-in", "family-friendly"),
    ),
    Gathering(
        category="arts",
        title=("Pintar um azulejo", "Paint a tile"),
        text=(
            "Pincel fino, cobalto e a mão que treme: ninguém acerta à primeira e é por isso que fica bonito. O azulejo "
            "vai ao forno e levanta-se na semana seguinte.",
            "A fine brush, cobalt and a trembling hand: nobody gets it right first time, which is why it looks good. "
            "Tiles are fired and collected the following week.",
        ),
        occurs=on(SATURDAY, 0, 1, 2, 4),
        starts="14:00",
        hours=2,
        at="Azulejo & Cal",
        organizer="quiteria@example.org",
        regions=("portugal",),
        tags=("workshop", "family-friendly", "booking-needed"),
        pounds=20,
        capacity=10,
    ),
    Gathering(
        category="arts",
        title=("Cinema ao domingo: a margem de lá", "Sunday film: the other bank"),
        text=(
            "Um documentário sobre as mulheres que atravessavam o Tejo de madrugada para trabalhar. Legendas em "
            "inglês; conversa no fim com café.",
            "A documentary about the women who crossed the Tagus before dawn to work. English subtitles; talk "
            "afterwards, with coffee.",
        ),
        occurs=on(SUNDAY, 1, 5),
        starts="17:00",
        hours=2.5,
        at="cinema",
        organizer="radio@example.org",
        regions=("lisboa", "alentejo"),
        tags=("screening", "talk"),
        pounds=8,
        capacity=110,
        access=("hearing_loop",),
    ),
    Gathering(
        category="arts",
        title=("Teatro: A Mala", "Theatre: The Suitcase"),
        text=(
            "Quatro atores, uma mala e sessenta anos de partidas. Peça nova em português, com legendas; a sessão de "
            "domingo tem intérprete de língua gestual.",
            "Four actors, one suitcase and sixty years of leaving. A new play in Portuguese with surtitles; the Sunday "
            "performance is signed.",
        ),
        occurs=on(FRIDAY, 2),
        starts="19:30",
        hours=2,
        at="teatro",
        organizer="casa@example.org",
        regions=("portugal", "londres"),
        tags=("booking-needed",),
        pounds=16,
        capacity=120,
        status="postponed",
    ),
    # Music
    Gathering(
        category="music",
        title=("Mornas e coladeiras da última sexta", "Mornas and coladeiras, last Friday"),
        text=(
            "Violão, cavaquinho, violino e uma voz que não precisa de microfone. Jantar antes, para quem quiser; de pé "
            "ao balcão não se paga.",
            "Guitar, cavaquinho, violin and a voice that needs no microphone. Dinner first if you like; standing at "
            "the bar is free.",
        ),
        meaning=(
            "A morna é património da humanidade desde 2019. Fala de partir, e foi cantada primeiro por quem ficava.",
            "Morna has been on humanity’s list of heritage since 2019. It is about leaving, and was first sung by "
            "those who stayed.",
        ),
        occurs=on(FRIDAY, 0, 4, 8),
        starts="20:30",
        hours=3,
        at="Casa Sodade do Porto Grande",
        organizer="ondas@example.org",
        regions=("sao-vicente", "brava"),
        languages=("kea", "pt-CV"),
        tags=("live-music", "food-served", "monthly"),
        pounds=10,
        capacity=50,
    ),
    Gathering(
        category="music",
        title=("Marrabenta entre as mesas", "Marrabenta between the tables"),
        text=(
            "Guitarras de lata e de luxo, e um baixo que faz tremer os copos. Às dez afastam-se as cadeiras.",
            "Guitars of tin and of quality, and a bass that shakes the glasses. Chairs are pushed back at ten.",
        ),
        occurs=on(FRIDAY, 0, 2, 4),
        starts="20:00",
        hours=3.5,
        at="Zambézia à Mesa",
        organizer="zulmira@example.org",
        regions=("maputo", "zambezia"),
        languages=("pt-MZ", "ts", "en"),
        tags=("live-music", "dancing", "food-served"),
    ),
    Gathering(
        category="music",
        title=("Roda de samba da Padoca", "Samba circle at the Padoca"),
        text=(
            "Quem sabe toca, quem não sabe bate palma no tempo certo. Começa depois da última fornada e acaba quando o "
            "vizinho do primeiro andar desce para pedir mais uma.",
            "If you can play, play; if not, clap in time. It starts after the last batch of bread and ends when the "
            "neighbour upstairs comes down to ask for one more.",
        ),
        occurs=on(SUNDAY, 0, 4, 8),
        starts="17:00",
        hours=3.5,
        at="Padoca da Esquina",
        organizer="jandira@example.org",
        regions=("rio-de-janeiro", "sao-paulo", "brasil"),
        languages=("pt-BR", "en"),
        tags=("live-music", "dancing", "drop-in", "monthly"),
    ),
    Gathering(
        category="music",
        title=("Coro Maré Cheia: venha cantar", "Maré Cheia choir: come and sing"),
        text=(
            "Quarenta vozes que não leem pauta. Cantamos cantares alentejanos, sambas e gospel angolano, e aceitamos "
            "desafinados com boa vontade.",
            "Forty voices that do not read music. We sing Alentejo part-songs, sambas and Angolan gospel, and welcome "
            "the out-of-tune.",
        ),
        occurs=on(MONDAY, 0, 1, 2, 3, 4, 5),
        starts="19:30",
        hours=2,
        at="Casa do Tejo",
        organizer="casa@example.org",
        regions=("alentejo", "brasil", "angola"),
        languages=("pt-PT", "pt-BR", "pt-AO"),
        tags=("beginners-welcome", "weekly", "drop-in"),
        access=("quiet_space",),
    ),
    Gathering(
        category="music",
        title=("Gumbé ao vivo: vozes de Bissau", "Live gumbe: voices of Bissau"),
        text=(
            "Tina, caixas e três irmãs em uníssono. Depois do concerto, roda aberta e caldo de mancarra até às onze.",
            "Water drums, snares and three sisters in unison. After the concert, an open circle and peanut stew until "
            "eleven.",
        ),
        occurs=on(SATURDAY, 1),
        starts="19:00",
        hours=4,
        at="Mesa de Mancarra",
        organizer="belmiro@example.org",
        regions=("bissau", "guine-bissau"),
        languages=("pov", "pt-GW", "fr"),
        tags=("live-music", "food-served", "dancing"),
        pounds=7,
        capacity=65,
    ),
    # Dance
    Gathering(
        category="dance",
        title=("Kizomba e semba: primeiro passo", "Kizomba and semba: first steps"),
        text=(
            "Abraço, peso e escuta. Uma hora de aula e uma de prática, com rotação de pares; ninguém dança sozinho nem "
            "contrariado.",
            "Embrace, weight and listening. An hour’s class and an hour’s practice, changing partners; nobody dances "
            "alone or against their will.",
        ),
        occurs=on(MONDAY, -1, 0, 1, 2, 3, 4, 5),
        starts="20:00",
        hours=2,
        at="Estúdio Ginga e Passada",
        organizer="ginga@example.org",
        regions=("luanda", "angola"),
        languages=("pt-AO", "en"),
        tags=("dancing", "beginners-welcome", "weekly"),
        pounds=10,
        capacity=40,
    ),
    Gathering(
        category="dance",
        title=("Forró pé-de-serra", "Forró pé-de-serra"),
        text=(
            "Sanfona, zabumba e triângulo, como se Caruaru fosse em Dalston. Aula às oito, baile às nove.",
            "Accordion, zabumba and triangle, as if Caruaru were in Dalston. Class at eight, dance at nine.",
        ),
        occurs=on(TUESDAY, 0, 1, 2, 3),
        starts="20:00",
        hours=3,
        at="Estúdio Ginga e Passada",
        organizer="ginga@example.org",
        regions=("pernambuco", "paraiba", "ceara"),
        languages=("pt-BR", "en"),
        tags=("dancing", "live-music", "weekly"),
        pounds=8,
        capacity=50,
    ),
    Gathering(
        category="dance",
        title=("Batuque das mulheres", "Women’s batuque"),
        text=(
            "Panos enrolados entre os joelhos, palmas e finason. Oficina para mulheres de todas as idades, com as mais "
            "velhas ao centro.",
            "Rolled cloths between the knees, clapping and finason. A workshop for women of every age, with the eldest "
            "in the middle.",
        ),
        meaning=(
            "Proibido no tempo colonial, o batuque de Santiago sobreviveu nas mãos das mulheres.",
            "Banned in colonial times, the batuque of Santiago survived in women’s hands.",
        ),
        occurs=on(WEDNESDAY, 0, 2, 4),
        starts="18:30",
        hours=2,
        at="Associação Ondas do Barlavento",
        organizer="ondas@example.org",
        regions=("santiago",),
        languages=("kea",),
        tags=("women", "workshop", "dancing"),
    ),
    # History
    Gathering(
        category="history",
        title=(
            "Passeio: os portugueses de Londres, do vinho ao exílio",
            "Walk: London’s Portuguese, from wine to exile",
        ),
        text=(
            "Três quilómetros entre a City e Limehouse: armazéns de vinho do Porto, uma sinagoga, marinheiros de Goa e "
            "uma pensão de exilados. Sapatos cómodos.",
            "Three kilometres from the City to Limehouse: port wine warehouses, a synagogue, sailors from Goa and a "
            "boarding house for exiles. Wear comfortable shoes.",
        ),
        occurs=on(SUNDAY, 0, 3, 6),
        starts="11:00",
        hours=2.5,
        at="museu",
        organizer="salvador@example.org",
        regions=("porto", "goa", "londres"),
        tags=("guided-walk", "outdoors", "riverside"),
        pounds=7,
        capacity=25,
    ),
    Gathering(
        category="history",
        title=("Arquivo da família: traga uma fotografia", "Family archive: bring a photograph"),
        text=(
            "Digitalizamos a sua fotografia, gravamos a história e devolvemos as duas no mesmo dia. Procuram-se "
            "retratos de quem veio antes de 1975.",
            "We scan your photograph, record its story and give both back the same day. Portraits of people who came "
            "before 1975 are especially wanted.",
        ),
        meaning=(
            "A história de quem emigrou está em gavetas. Este arquivo abre-as, com licença.",
            "The history of those who emigrated lies in drawers. This archive opens them, with permission.",
        ),
        occurs=on(SATURDAY, 1, 5),
        starts="11:00",
        hours=5,
        at="biblioteca",
        organizer="virgilia@example.org",
        regions=("londres", "madeira", "angola"),
        languages=("pt-PT", "pt-AO", "en"),
        tags=("drop-in", "seniors", "volunteers"),
    ),
    Gathering(
        category="history",
        title=("Goa em Londres: memórias de Salcete", "Goa in London: memories of Salcete"),
        text=(
            "Três gerações contam a viagem de Margão a Harrow, com mandós ao piano e uma mesa de bebinca.",
            "Three generations tell of the journey from Margão to Harrow, with mandós at the piano and a table of "
            "bebinca.",
        ),
        occurs=on(SUNDAY, 2),
        starts="15:00",
        hours=3,
        at="harrow",
        organizer="salvador@example.org",
        regions=("goa",),
        languages=("en", "kok", "pt-PT"),
        tags=("talk", "food-served", "seniors"),
        capacity=100,
    ),
    # Religion
    Gathering(
        category="religion",
        title=("Missa dominical em português", "Sunday Mass in Portuguese"),
        text=(
            "Celebração com coro e catequese para crianças; depois, café e bolos no salão. Todos são bem-vindos.",
            "Mass with choir and children’s liturgy, then coffee and cakes in the hall. All are welcome.",
        ),
        occurs=on(SUNDAY, 0, 1, 2, 3, 4, 5),
        starts="11:00",
        hours=1.25,
        at="Capelania de Nossa Senhora do Cais",
        organizer="camilo@example.org",
        regions=("portugal", "angola", "timor-leste"),
        languages=("pt-PT", "pt-AO", "pt-TL"),
        tags=("family-friendly", "weekly", "drop-in"),
    ),
    Gathering(
        category="religion",
        title=("Procissão das velas", "Candlelit procession"),
        text=(
            "Sai da igreja ao anoitecer, dá a volta ao cais e regressa em silêncio. Leve um copo de papel para a vela.",
            "Leaves the church at dusk, goes round the dock and comes back in silence. Bring a paper cup for your "
            "candle.",
        ),
        meaning=(
            "De Fátima ao Recife, de Luanda a Díli: a mesma chama em muitas noites.",
            "From Fátima to Recife, from Luanda to Dili: the same flame on many nights.",
        ),
        occurs=in_days(19),
        starts="19:30",
        hours=2,
        at="capela",
        organizer="malaquias@example.org",
        regions=("portugal", "sao-tome-e-principe", "timor-leste"),
        languages=("pt-PT", "pt-ST"),
        tags=("outdoors", "riverside"),
    ),
    Gathering(
        category="religion",
        title=("Noite de louvor em família", "An evening of praise for families"),
        text=(
            "Música, testemunhos e lanche partilhado. Há espaço para bebés e tradução sussurrada para inglês.",
            "Music, testimony and shared food. There is a baby corner, and whispered English translation.",
        ),
        occurs=on(FRIDAY, 1, 5),
        starts="19:00",
        hours=2.5,
        at="salao",
        organizer="rosalvo@example.org",
        regions=("brasil", "angola"),
        languages=("pt-BR", "pt-AO", "en"),
        tags=("family-friendly", "live-music", "bring-a-dish"),
    ),
    # Community
    Gathering(
        category="community",
        title=("Balcão de apoio: papéis, casa, trabalho", "Advice desk: papers, housing, work"),
        text=(
            "Voluntários e uma jurista ajudam com formulários, rendas, salários em atraso e cartas que metem medo. Por "
            "ordem de chegada; o que se conta fica ali.",
            "Volunteers and a lawyer help with forms, rent, unpaid wages and frightening letters. First come, first "
            "served; what is said there stays there.",
        ),
        occurs=on(THURSDAY, 0, 1, 2, 3, 4, 5),
        starts="10:00",
        hours=5,
        at="Largo das Oito Bandeiras",
        organizer="largo@example.org",
        languages=("pt-PT", "pt-BR", "pt-AO", "kea", "pov", "en"),
        tags=("advice", "drop-in", "newcomers", "weekly"),
        access=("quiet_space",),
    ),
    Gathering(
        category="community",
        title=("Almoço dos mais velhos", "Lunch for older people"),
        text=(
            "Sopa, prato, fruta e dominó. Quem não pode vir sozinho telefona, e alguém o vai buscar.",
            "Soup, a main, fruit and dominoes. If you cannot come alone, ring and someone will fetch you.",
        ),
        occurs=on(TUESDAY, 0, 1, 2, 3),
        starts="12:30",
        hours=2.5,
        at="Largo das Oito Bandeiras",
        organizer="largo@example.org",
        languages=("pt-PT", "pt-AO", "kea"),
        tags=("seniors", "food-served", "weekly"),
        pounds=3,
        capacity=45,
    ),
    Gathering(
        category="community",
        title=("Hoje no ar: discos pedidos", "On air today: live requests"),
        text=(
            "Venha ao estúdio pedir um disco para quem está longe, ou peça online. O programa dura até à meia-noite "
            "e há chá de príncipe.",
            "Come to the studio and ask for a song for someone far away, or ask online. The show runs until midnight "
            "and there is lemongrass tea.",
        ),
        occurs=in_days(0, 7, 14),
        starts="18:00",
        hours=6,
        at="Rádio Sete Partidas",
        organizer="radio@example.org",
        regions=("diaspora",),
        languages=("pt-PT", "pt-BR", "pt-AO", "pt-MZ", "kea"),
        tags=("live-music", "drop-in"),
        format="hybrid",
    ),
    Gathering(
        category="community",
        title=("Dia de trabalho na horta", "Work day at the allotments"),
        text=(
            "Podar, compostar e semear couves para todo o inverno. Luvas há; sopa ao meio-dia também.",
            "Pruning, composting and sowing greens for the whole winter. Gloves provided, and soup at noon.",
        ),
        occurs=on(SATURDAY, 0, 4),
        starts="10:00",
        hours=4,
        at="quinta",
        organizer="benedita@example.org",
        regions=("beiras", "santiago"),
        tags=("outdoors", "volunteers", "family-friendly"),
    ),
    Gathering(
        category="community",
        title=("Recém-chegados: primeiro chá em Londres", "Newcomers: first tea in London"),
        text=(
            "Banco, médico, escola, passe de transportes: as perguntas que toda a gente fez no primeiro mês, "
            "respondidas por quem as fez no ano passado.",
            "Bank, doctor, school, travel card: the questions everyone asked in the first month, answered by people "
            "who asked them last year.",
        ),
        occurs=in_days(1, 29, 57),
        starts="17:30",
        hours=2,
        at="Café Sala de Embarque",
        organizer="wanderleia@example.org",
        languages=("pt-BR", "pt-PT", "en"),
        tags=("newcomers", "advice", "monthly", "drop-in"),
    ),
    Gathering(
        category="community",
        title=("Assembleia dos membros da cidade", "The town’s members’ meeting"),
        text=(
            "Contas do ano, ideias para o próximo e votação do nome do barco. Só para membros.",
            "The year’s accounts, ideas for the next one and a vote on the name of the boat. Members only.",
        ),
        occurs=on(THURSDAY, 4),
        starts="19:00",
        hours=2,
        at="Casa do Tejo",
        organizer="tiago@lusotown.example",
        visibility="community",
        tags=("talk",),
    ),
    Gathering(
        category="community",
        title=("Festa surpresa da Adelaide", "Adelaide’s surprise party"),
        text=("Quem contar estraga a festa.", "Telling spoils the party."),
        occurs=in_days(12),
        starts="20:00",
        hours=4,
        at="Tasca da Avó Lurdes",
        organizer="tiago@lusotown.example",
        visibility="private",
        capacity=20,
    ),
    Gathering(
        category="community",
        title=("Magusto no pátio (rascunho)", "Chestnuts in the courtyard (draft)"),
        text=("Falta confirmar o fornecedor das castanhas.", "The chestnut supplier is still to confirm."),
        occurs=in_days(33),
        starts="16:00",
        hours=4,
        at="Casa do Tejo",
        organizer="tiago@lusotown.example",
        regions=("tras-os-montes",),
        status="draft",
    ),
    # Education
    Gathering(
        category="education",
        title=("Escola aberta: venha ver uma aula", "Open school: come and see a class"),
        text=(
            "As crianças leem, cantam a tabuada e explicam aos pais a diferença entre «há» e «à». Inscrições no local.",
            "Children read, sing their tables and explain to parents the difference between “há” and “à”. Enrol on the "
            "day.",
        ),
        occurs=on(SATURDAY, 0, 1),
        starts="10:00",
        hours=3,
        at="Escola Andorinha",
        organizer="andorinha@example.org",
        languages=("pt-PT", "pt-BR", "pt-MZ", "en"),
        tags=("family-friendly", "drop-in"),
    ),
    Gathering(
        category="education",
        title=("Exame teórico de condução em português claro", "The driving theory test, made plain"),
        text=(
            "Quatro noites de regras, rotundas e sinais que não existem na nossa terra. Online, com simulações.",
            "Four evenings of rules, roundabouts and signs we do not have at home. Online, with mock tests.",
        ),
        occurs=on(MONDAY, 1, 2, 3, 4),
        starts="20:00",
        hours=1.5,
        organizer="ubaldo@example.org",
        languages=("pt-BR", "pt-PT"),
        tags=("booking-needed", "beginners-welcome"),
        format="online",
        pounds=12,
    ),
    Gathering(
        category="education",
        title=("Roça e chocolate: uma lição com provas", "Cocoa and plantations: a lesson with tastings"),
        text=(
            "Da árvore à barra, em cinco provas, e a história dura que vem com elas. Para maiores de 12 anos.",
            "From tree to bar in five tastings, and the hard history that comes with them. For ages 12 and over.",
        ),
        meaning=(
            "São Tomé já foi o maior produtor de cacau do mundo, à custa de trabalho forçado. Provar também é lembrar.",
            "São Tomé was once the world’s largest cocoa grower, at the price of forced labour. To taste is also to "
            "remember.",
        ),
        occurs=on(SATURDAY, 3),
        starts="11:00",
        hours=2,
        at="Roça Novo Destino",
        organizer="malaquias@example.org",
        regions=("sao-tome-e-principe", "principe"),
        languages=("pt-ST", "cri", "en"),
        tags=("workshop", "talk"),
        pounds=14,
        capacity=18,
    ),
    # Family
    Gathering(
        category="family",
        title=("Hora do conto: bichos de oito países", "Story time: animals of eight countries"),
        text=(
            "Uma onça, um pangolim, uma lebre esperta e um crocodilo avô. Para crianças dos 3 aos 8 anos e para quem "
            "as traz.",
            "A jaguar, a pangolin, a clever hare and a grandfather crocodile. For children aged 3 to 8 and whoever "
            "brings them.",
        ),
        meaning=(
            "Em Timor, a ilha é um crocodilo que se deitou a descansar; em Angola, a lebre ganha sempre ao leão.",
            "In Timor the island is a crocodile that lay down to rest; in Angola the hare always beats the lion.",
        ),
        occurs=on(SATURDAY, -1, 0, 1, 2, 3),
        starts="11:00",
        hours=1,
        at="biblioteca",
        organizer="andorinha@example.org",
        regions=("brasil", "mocambique", "angola", "timor-leste"),
        languages=("pt-PT", "pt-BR", "en"),
        tags=("family-friendly", "drop-in", "weekly"),
    ),
    Gathering(
        category="family",
        title=("Papagaios de papel no parque", "Kites in the park"),
        text=(
            "Pipas, pandorgas, papagaios: chame-lhes o que quiser, mas traga vento. Oficina às duas, voo às três.",
            "Pipas, pandorgas, papagaios: call them what you like, but bring wind. Making at two, flying at three.",
        ),
        occurs=on(SUNDAY, 1, 6),
        starts="14:00",
        hours=3,
        at="parque",
        organizer="iracema@example.org",
        regions=("brasil", "portugal"),
        languages=("pt-BR", "pt-PT", "en"),
        tags=("outdoors", "family-friendly", "workshop"),
    ),
    Gathering(
        category="family",
        title=("Festa das crianças", "Children’s party"),
        text=(
            "Teatro de fantoches, rabanadas e um livro por criança. Inscreva-se até uma semana antes para que o "
            "saco chegue para todos.",
            "Puppets, rabanadas and one book a child. Sign up a week before so that the sack goes round.",
        ),
        occurs=in_days(24),
        starts="14:30",
        hours=3.5,
        at="salao",
        organizer="largo@example.org",
        regions=("portugal", "brasil"),
        languages=("pt-PT", "pt-BR", "pt-AO", "en"),
        tags=("family-friendly", "booking-needed", "volunteers", "charity"),
        capacity=150,
    ),
    Gathering(
        category="family",
        title=("Passeio de barco com merenda", "Family boat trip with a picnic"),
        text=(
            "De Butler’s Wharf a Greenwich e volta, com merenda partilhada. Cancelado por causa da maré: quem se "
            "inscreveu será avisado de nova data.",
            "From Butler’s Wharf to Greenwich and back, with a shared picnic. Cancelled because of the tide: everyone "
            "who booked will hear of a new date.",
        ),
        occurs=in_days(6),
        starts="12:00",
        hours=4,
        at="barco",
        organizer="florbela@example.org",
        regions=("madeira", "algarve"),
        tags=("riverside", "family-friendly", "bring-a-dish"),
        pounds=11,
        capacity=60,
        status="cancelled",
    ),
    # Only in Portuguese
    Gathering(
        category="music",
        title=("Serenata de tunas", ""),
        text=("Três tunas, capas negras e um desafio que acaba sempre em abraços. Entrada livre.", ""),
        occurs=on(SATURDAY, 6),
        starts="18:00",
        hours=3,
        at="teatro",
        organizer="zeferino@example.org",
        regions=("beiras", "minho"),
        languages=("pt-PT",),
        tags=("live-music", "young-people"),
    ),
    # What has been
    Gathering(
        category="festival",
        title=("Noite de Angola", "Angola night"),
        text=(
            "Kissange, semba e discursos curtos. Obrigado a todos os que encheram a sala.",
            "Kissange, semba and short speeches. Thank you to everyone who filled the hall.",
        ),
        occurs=in_days(-10),
        starts="19:00",
        hours=5,
        at="salao",
        organizer="albertina@example.org",
        regions=("angola",),
        languages=("pt-AO", "en"),
        tags=("live-music", "dancing"),
        pounds=10,
    ),
    Gathering(
        category="dance",
        title=("Tarde de funaná", "Funaná afternoon"),
        text=("Gaita, ferrinho e sapatos gastos.", "Accordion, scraper and worn-out shoes."),
        occurs=in_days(-20),
        starts="16:00",
        hours=4,
        at="Estúdio Ginga e Passada",
        organizer="ginga@example.org",
        regions=("santiago",),
        languages=("kea", "en"),
        tags=("dancing", "live-music"),
        pounds=6,
    ),
    Gathering(
        category="history",
        title=("Mesa-redonda: cravos, cinquenta e tal anos depois", "Round table: carnations, fifty-odd years on"),
        text=(
            "Duas retornadas, um desertor e uma neta conversam sobre abril.",
            "Two returnees, a deserter and a granddaughter talk about April.",
        ),
        occurs=in_days(-33),
        starts="18:30",
        hours=2,
        at="biblioteca",
        organizer="virgilia@example.org",
        regions=("portugal", "angola", "mocambique"),
        tags=("talk",),
    ),
    Gathering(
        category="cuisine",
        title=("Magusto e jeropiga", "Roast chestnuts and jeropiga"),
        text=("Castanhas, brasas e a lenda de São Martinho.", "Chestnuts, embers and the legend of St Martin."),
        occurs=in_days(-9),
        starts="16:00",
        hours=4,
        at="Casa do Tejo",
        organizer="casa@example.org",
        regions=("tras-os-montes", "beiras"),
        tags=("food-served", "outdoors", "family-friendly"),
        pounds=4,
    ),
    Gathering(
        category="literature",
        title=("Lançamento: Cartas que não mandei", "Book launch: Letters I Never Sent"),
        text=(
            "Leitura a duas vozes e vinho da Madeira. O livro existe só nesta cidade inventada.",
            "A reading for two voices, with Madeira wine. The book exists only in this invented town.",
        ),
        occurs=in_days(-16),
        starts="19:00",
        hours=2,
        at="Vinhos Rabelo & Neta",
        organizer="florbela@example.org",
        regions=("madeira",),
        tags=("talk", "wine"),
    ),
    Gathering(
        category="sports",
        title=("Corrida das pontes", "Run of the bridges"),
        text=(
            "Oito quilómetros, oito pontes, uma laranja na meta.",
            "Eight kilometres, eight bridges, one orange at the finish.",
        ),
        occurs=in_days(-27),
        starts="09:00",
        hours=3,
        at="parque",
        organizer="ubaldo@example.org",
        languages=("pt-PT", "pt-BR", "en"),
        tags=("outdoors", "riverside", "charity"),
        pounds=5,
    ),
)
