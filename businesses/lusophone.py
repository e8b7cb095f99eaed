"""Whether a name over a door says that Portuguese is spoken behind it.

The rule: fold the name (no accents, no capitals), strike out the false friends (a Madeira Road, the
Rio Cinema, a chain that borrowed a flag), then add up what is left. A word or phrase that hardly
anyone else uses (pastelaria, cachupa, Lisboa) is worth 1; one that neighbours share (sabor, Pereira,
a word of the map) a half, and another half if a word beside it (do, deli, snack) fits. Each
counts once, and a name is kept at 1. So "Santos", "Rio Market" or "Rooster Piri Piri" are not enough, while
"Ferreira Delicatessen" and "Café Estrela do Norte" are.

Typed from what is painted over shops. It reads names only: it says nothing about who owns a place,
and errs towards leaving out, since an operator can add any place by its number.
"""

from __future__ import annotations

import re
import unicodedata

ENOUGH = 1.0

FALSE_FRIENDS = (
    r"\b(?:madeira|lisbon|angola|brazil|portugal|oporto|braganza|guinea|minho) "
    r"(?:st|street|rd|road|ave|avenue|grove|gardens|walk|close|lane|way|terrace|court|house|mews|cakes?|nuts?)\b",
    r"\b(?:equatorial|new) guinea\b|\bguinea (?:pig|fowl|grill)\b|\bthe guinea\b",
    r"\bcosta coffee\b|\bnandos?\b|\brio cinema\b|\bla tasca\b|\bsushi ?samba\b|\bst martins?\b|\bporto ?bello\b",
    r"\bporto (?:fino|cervo|rico|venere)\b|\btierra verde\b|\bdel mar\b|\bargentin\w+|\bmexican\w*|\bcolombian\w*",
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CERTAIN = _words(
    """
    abilio acai acoriana acoriano acores adega alentejana alentejano alentejo algarve algarvio alheira angola angolan
    angolana angolano armazem aveiro azores azulejo azulejos bacalhau bacalhoeiro bahiana baiana baiano beirao bifana
    bifanas bissau boteco botequim brasil brasileira brasileirinho brasileiro brasilia brasilis brazil brazilian
    brazilians brazuca brigadeiro brigadeiros cabinda cachaca cachupa caipirinha calulu cantinho canthinho caravela
    caravelas carioca cervejaria choupana churrascaria churrasqueira coimbra copacabana coxinha coxinhas cozinha douro
    empada escondidinho estoril estremadura evora fado farofa farol feijao feijoada francesinha frango frangos funana
    funchal funge galeto ginja ginjinha grelhado grelhados guimaraes ipanema kizomba lanches lanchonete leitao leiria
    lisboa lisboeta lisbon luanda lusa lusitana lusitania lusitano luso lusofonia lusophone machico madeira madeirense
    madeirinha madeirinhas mandioca maputo marisqueira matosinhos mercadinho mercearia mindelo mineira mineirinho
    mineiro minhota minhoto mocambicana mocambicano mocambique morabeza mozambican mozambique muamba nata natas novilho
    oporto padaria palmeira palop paozinho pasteis pastelaria pastelarias paulista pecado peixaria petisco petiscos
    picanha portucale portuga portugal portugalia portuges portugues portuguesa portuguese portugueses prego queijaria
    ribatejana ribatejo rodizio salgadinhos salgados saloia saloio saudade saudades sesimbra setubal sintra talho
    tapioca tasquinha temakinho timor timorense transmontana transmontano tuga tugas vilamoura viseu
    """
)

LIKELY = _words(
    """
    abraco alianca almeida bahia bela bolos bom brasa brasas caju carnes carvalho cerveja cruzense delicia delicias doce
    doces estrela fatima fernandes ferreira fogo fonseca galo gaucha goa goan goesa gomes lopes louro macau minho moniz
    nelore nelori nova oliveira ouro parana pereira picante pinheiro porto quinta ribeiro rio rodrigues sabor
    sabores samba santos silva sousa souza tasca tavares teixeira tropicalia velha verde
    """
)

BESIDE = _words("da das deli delicatessen do dos e restaurante snack")

PHRASES = {
    r"\bcabo ?verde(?:an[ao]?)?\b|\bcape ?verde(?:an)?\b": 1.0,
    r"\bguine ?bissau\b|\bguinea bissau\b": 1.0,
    r"\bsao (?:bento|goncalo|joao|jorge|jose|martinho|miguel|nicolau|paulo|pedro|tome|vicente)\b": 1.0,
    r"\bcasa d(?:o|os|e carnes)\b|\bpao d[eo]\b|\bda carne\b": 1.0,
    r"\bcafe restaurante\b|\bcosta d[ao]\b": 0.5,
    r"^o \w+(?:au|ante|eiro|inho|ino|oio|ol|ouro)(?: ltd)?$": 1.0,
    r"^(?:a|as|os) \w{3,}(?:eira|eiras|eiros|ense|inha|inhas|inhos)\b": 1.0,
}

_STRUCK = re.compile("|".join(FALSE_FRIENDS))
_PHRASES = [(re.compile(pattern), weight) for pattern, weight in PHRASES.items()]


def fold(text: str) -> str:
    """A text in lower case, without accents or possessives, its words apart by one space."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()
    return " ".join(re.findall(r"[a-z0-9]+", re.sub(r"['’`](?:s\b)?", "", plain)))


def score(name: str) -> float:
    """How strongly a name speaks Portuguese, by the rule above."""
    folded = _STRUCK.sub(" ", fold(name))
    words = set(folded.split())
    likely = 0.5 * len(LIKELY & words)
    beside = 0.5 if likely and BESIDE & words else 0
    phrases = sum(weight for pattern, weight in _PHRASES if pattern.search(folded))
    return len(CERTAIN & words) + likely + beside + phrases


def is_lusophone(name: str) -> bool:
    """Whether a name says by itself that a place is Lusophone."""
    return score(name) >= ENOUGH
