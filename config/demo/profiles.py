"""What the people of the demo town say of themselves: all of it invented, seen by different audiences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Told:
    """What one of them says, section by section; empty for nothing. ``seen`` is who sees each, else ``by``."""

    pt: str = ""
    en: str = ""
    regions: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    fluency: str = ""
    meeting: str = ""
    celebrations: tuple[str, ...] = ()
    since: int | None = None
    borough: str = ""
    district: str = ""
    by: str = "community"
    seen: Mapping[str, str] = field(default_factory=dict)


PROFILES: dict[str, Told] = {
    "joana@lusotown.example": Told(
        "Cresci entre Braga e Brixton. Dou aulas de viola e ando sempre à procura de quem queira cantar.",
        "I grew up between Braga and Brixton. I teach guitar and am forever looking for people to sing with.",
        ("minho",), ("fado", "coro", "cozinha", "caminhadas"), ("pt-PT", "en"), "native", "either",
        ("june_feasts", "magusto", "christmas"), 1998, "lambeth", "SW9", seen={"home_area": "verified"},
    ),
    "tiago@lusotown.example": Told(
        "Organizo noites de fado e almoços de domingo. **Se souber de uma sala com bom eco, diga-me.**",
        "I put on fado nights and Sunday lunches. **If you know of a room with a good echo, tell me.**",
        ("lisboa", "alentejo"), ("fado", "poesia", "vinho", "cinema"), ("pt-PT", "en", "fr"), "native", "pt",
        ("freedom_day", "june_feasts"), 2007, "lambeth", "SW8", by="public", seen={"culture": "community"},
    ),
    "moderador2@lusotown.example": Told(languages=("pt-BR", "en"), by="private"),  # so every language's cases are his
    "maria@lusotown.example": Told(
        "Ainda a decidir quem me pode ler.", regions=("madeira",), interests=("bordado", "horta"),
        languages=("pt-PT", "en"), fluency="native", since=2015, by="private",
    ),
    "casa@example.org": Told(
        "Somos uma casa de portas abertas: refeições, aulas e baile ao sábado.",
        "An open house: meals, lessons, and a dance on Saturdays.",
        ("portugal",), ("folclore", "cozinha", "voluntariado"), ("pt-PT", "en"), meeting="either", by="public",
    ),
    "largo@example.org": Told(
        "Oito bandeiras num só largo. Juntamos quem fala português, venha de onde vier.",
        "Eight flags on one square. We bring together whoever speaks Portuguese, wherever they are from.",
        ("portugal", "brasil", "angola", "mocambique", "cabo-verde", "guine-bissau", "sao-tome-e-principe",
         "timor-leste"), ("carnaval", "voluntariado", "historia"), ("pt-PT", "pt-BR", "kea", "en"), by="public",
    ),
    "ondas@example.org": Told(
        "Coladeiras, cachupa e conversa comprida, de São Vicente para o sul de Londres.", "",
        ("sao-vicente", "santo-antao"), ("morna", "funana", "cozinha"), ("kea", "pt-CV", "en"), "native", "pt",
        ("june_feasts", "independence"), borough="southwark", by="public",
    ),
    "andorinha@example.org": Told(
        "A escola onde as crianças aprendem o português dos avós — e os avós, o inglês dos netos.",
        "The school where children learn their grandparents’ Portuguese, and grandparents their English.",
        ("portugal", "brasil"), ("familia", "leitura", "conversa"), ("pt-PT", "pt-BR", "en"), meeting="either",
        celebrations=("language_day",), borough="wandsworth", by="public",
    ),
    "ginga@example.org": Told(
        "", "Kizomba and semba for absolute beginners. Two left feet welcome.",
        ("luanda",), ("kizomba", "danca-a-dois"), ("pt-AO", "en"), "native", "either", ("independence",),
        borough="hackney", by="public",
    ),
    "albertina@example.org": Told(
        "De Malanje para Peckham. Conto histórias da minha avó a quem trouxer uma cadeira.",
        "From Malanje to Peckham. I tell my grandmother’s stories to whoever brings a chair.",
        ("malanje",), ("contos", "cozinha", "fe"), ("pt-AO", "kmb", "en"), "native", "pt",
        ("independence", "christmas"), 2001, "southwark", "SE15", by="public",
        seen={"arrival": "community", "home_area": "community"},
    ),
    "zulmira@example.org": Told(
        "Marrabenta aos domingos, contabilidade nos outros dias.",
        "Marrabenta on Sundays, accounts on all other days.",
        ("inhambane", "maputo"), ("marrabenta", "negocios", "futebol"), ("pt-MZ", "ts", "en"), "native", "either",
        ("independence",), 2010, "newham", "E7", by="public", seen={"heritage": "verified"},
    ),
    "idalecio@example.org": Told(
        "Pintor de azulejo, reformado e mais ocupado do que nunca.",
        "", ("alentejo", "beiras"), ("azulejo", "historia", "sueca", "vinho"), ("pt-PT", "es"), "native", "pt",
        ("magusto", "saints", "freedom_day"), 1972, "kensington-and-chelsea", by="public",
    ),
    "jandira@example.org": Told(
        "Baiana em Kilburn: acarajé, bossa nova e muita saudade do mar.",
        "From Bahia to Kilburn: acarajé, bossa nova, and missing the sea.",
        ("bahia",), ("bossa-nova", "capoeira", "cozinha", "carnaval"), ("pt-BR", "en"), "native", "either",
        ("carnival", "iemanja", "black_consciousness"), 2012, "brent", "NW6", by="public",
    ),
    "fidelia@example.org": Told(
        "", "I keep Tetum alive in a city where few have heard of it. Ask me about tais weaving.",
        ("dili", "ermera"), ("bordado", "fe", "contos"), ("tet", "pt-TL", "en"), "fluent", "either", ("easter",), 2016,
        "haringey", by="public", seen={"arrival": "private"},
    ),
    "adelaide@example.org": Told(
        "Cheguei há pouco e procuro um grupo de leitura.", "I have just arrived and would love a book club.",
        ("tras-os-montes",), ("leitura", "chegar-a-londres", "caminhadas"), ("pt-PT", "mwl"), "native", "pt",
        ("magusto",), 2025, "merton",
    ),
    "belmiro@example.org": Told(
        "Gumbé, futebol e engenharia. Nesta ordem.", "Gumbe, football and engineering. In that order.",
        ("bissau", "bafata"), ("gumbe", "futebol", "tecnologia"), ("pov", "pt-GW", "en", "fr"), "native", "either",
        ("independence", "new_year"), 2013, "tower-hamlets", "E14", by="public", seen={"bio": "community"},
    ),
    "camilo@example.org": Told(
        "", "My family came from Goa by way of Lisbon. I collect recipes that nobody wrote down.",
        ("goa", "lisboa"), ("cozinha", "genealogia", "cinema"), ("en", "kok", "pt-PT"), "conversational", "en",
        ("easter", "christmas"), 1989, "harrow", by="public", seen={"heritage": "community"},
    ),
    "deolinda@example.org": Told(
        "Mornas ao fim da tarde, do Fogo com amor.", "",
        ("fogo", "brava"), ("morna", "coro", "familia"), ("kea", "pt-CV", "en"), "native", "pt", ("june_feasts",),
        2004, "lewisham", "SE13", seen={"heritage": "verified"},
    ),
    "edmilson@example.org": Told(
        "Forró pé de serra em Elephant & Castle. Traga sandálias.", "",
        ("ceara", "pernambuco"), ("forro", "churrasco", "samba"), ("pt-BR", "en"), "native", "pt",
        ("june_feasts", "carnival"), 2018, "southwark", "SE17", by="public",
    ),
    "florbela@example.org": Told(
        "Bordadeira da Madeira, vizinha de Stockwell há trinta anos.",
        "Embroiderer from Madeira, a neighbour in Stockwell these thirty years.",
        ("madeira",), ("bordado", "horta", "fe"), ("pt-PT", "en"), "native", "pt", ("saints", "christmas"), 1996,
        "lambeth", "SW8", by="public",
    ),
    "helder@example.org": Told(
        "Programador de dia, guarda-redes à noite.", "Programmer by day, goalkeeper by night.",
        ("sofala",), ("tecnologia", "futsal", "carreira"), ("pt-MZ", "en"), "native", "either", since=2019,
        borough="camden", by="public", seen={"arrival": "private"},
    ),
    "iracema@example.org": Told(
        "Roda de samba em casa emprestada. Toco cavaquinho, aprendo tudo o resto.",
        "Samba circle in a borrowed house. I play the cavaquinho and am learning all the rest.",
        ("rio-de-janeiro", "bahia"), ("samba", "capoeira", "fotografia"), ("pt-BR", "en"), "native", "either",
        ("carnival", "black_consciousness"), 2014, "hackney", "E8", by="public",
    ),
    "kiala@example.org": Told(
        "", "Born in Cabinda, raised in Tottenham, learning my mother’s Kikongo late.",
        ("cabinda", "zaire"), ("kizomba", "genealogia", "voluntariado"), ("en", "pt-AO", "kg"), "conversational", "en",
        ("independence",), 1994, "haringey", "N17", seen={"bio": "verified"},
    ),
    "malaquias@example.org": Told(
        "Cacau, tchiloli e xadrez. São Tomé é pequeno; o mundo também.",
        "Cocoa, tchiloli and chess. São Tomé is small; so is the world.",
        ("agua-grande", "principe"), ("teatro", "cafe", "historia"), ("pt-ST", "cri", "pre", "en"), "native", "either",
        ("independence",), 2006, "croydon", by="public",
    ),
    "olimpio@example.org": Told(
        "Só para mim, por enquanto.", regions=("santiago",), interests=("funana",), languages=("kea",), by="private"
    ),
    "tomasia@example.org": Told(
        "Enfermeira no turno da noite; de dia, horta e café.", "Night nurse; by day, allotment and coffee.",
        ("me-zochi",), ("horta", "cafe", "fe"), ("pt-ST", "en"), "native", "either", ("christmas",), 2011, "islington",
        seen={"home_area": "private"},
    ),
    "virgilia@example.org": Told(
        "Guia de caminhadas: o Tamisa a pé, em português, ao primeiro domingo do mês.",
        "Walking guide: the Thames on foot, in Portuguese, on the first Sunday of the month.",
        ("acores",), ("caminhadas", "fotografia", "historia"), ("pt-PT", "en"), "native", "either",
        ("saints", "easter"), 2009, "richmond-upon-thames", by="public",
    ),
    "yolanda@example.org": Told(
        "Timbila e programação: as duas pedem paciência.", "", ("zambezia", "inhambane"), ("marrabenta", "tecnologia"),
        ("pt-MZ", "vmw", "en"), "native", "either", ("independence",), 2020, "greenwich", "SE10",
    ),
    "zeferino@example.org": Told(
        "Minhoto, padeiro, madrugador.", "", ("minho", "porto"), ("pastelaria", "cozinha", "fado"), ("pt-PT",),
        "native", "pt", ("june_feasts", "magusto"), 1985, "lambeth", "SW9", by="public",
    ),
    "anselmo@example.org": Told(
        "", "Macanese by birth, Londoner by habit. I still cook minchi on Mondays.",
        ("macau",), ("cozinha", "genealogia", "leitura"), ("mzs", "pt-PT", "en"), "fluent", "en",
        ("easter", "christmas"), 1979, "barnet", seen={"heritage": "verified", "languages": "verified"},
    ),
}  # fmt: skip
