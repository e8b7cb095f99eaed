"""Words that mean the same: across the Portuguese of Lisbon, São Paulo and Luanda, and across English.

Used when someone searches, never when something is stored: what is posted keeps its own words.
A group stands on one line, its words between bars; a phrase may have several words, and a word may
stand in several groups without joining them. Accents and plurals are of no matter here.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from community.gazetteer import fold

GROUPS = """
Getting about
autocarro | ônibus | machimbombo | bus
autocarro de turismo | ônibus de turismo | excursão | coach trip
comboio | trem | train
elétrico | bonde | tram
metro | metrô | tube | underground
táxi | candongueiro | taxi | minicab
estação | paragem | parada | ponto de ônibus | bus stop
carta de condução | carteira de motorista | driving licence
escola de condução | autoescola | driving school
mudanças | removals
aluguer | aluguel | arrendamento | rent | rental
viagem | passeio | trip | tour

Eating and drinking
pastelaria | padaria | confeitaria | panificadora | bakery | patisserie | cake shop
café | cafetaria | cafeteria | lanchonete | coffee shop | snack bar
pequeno-almoço | café da manhã | matabicho | breakfast
almoço | lunch
jantar | ceia | dinner | supper
lanche | merenda | snack | afternoon tea
talho | açougue | butcher | butchers
peixaria | fishmonger | fishmongers
mercearia | mercadinho | minimercado | grocery | grocer | corner shop
supermercado | supermarket
frutaria | hortifruti | quitanda | greengrocer
restaurante | tasca | tasquinha | restaurant
churrasqueira | churrascaria | rodízio | grill house | steakhouse
frango assado | frango no churrasco | galeto | piri-piri chicken | grilled chicken
marisqueira | frutos do mar | marisco | seafood
sumo | suco | juice
gelado | sorvete | ice cream
geladaria | sorveteria | gelataria | ice cream parlour
bolo | cake
bolo-rei | king cake
pão | bread
pastel de nata | pastel de Belém | custard tart
rebuçado | bala | sweets | candy
sandes | sanduíche | sandwich
fiambre | presunto cozido | ham
bacalhau | codfish | salt cod
polvo | octopus
feijoada | bean stew
cachupa | catchupa
moamba | muamba
vinho | wine
cerveja | imperial | fino | chope | beer
garrafeira | loja de vinhos | adega | wine shop | off licence
petiscos | tapas | small plates
culinária | cozinha | gastronomia | cooking | cuisine
prova | degustação | tasting
take-away | comida para fora | para viagem | takeaway
entrega ao domicílio | delivery
bica | cafezinho | espresso

Shops and trades
cabeleireiro | salão | salão de beleza | hairdresser | hair salon
barbeiro | barbearia | barber | barbershop
esteticista | estética | manicure | beautician | beauty salon | nails
sapataria | loja de calçado | shoe shop
sapateiro | cobbler | shoe repair
costureira | alfaiate | tailor | seamstress
lavandaria | lavanderia | laundry | launderette | dry cleaner
florista | floricultura | florist
livraria | bookshop | bookstore
papelaria | stationery | stationer
farmácia | drogaria | pharmacy | chemist
canalizador | encanador | plumber
eletricista | electrician
pedreiro | construtor | builder
carpinteiro | marceneiro | carpenter
pintor | decorador | painter | decorator
mecânico | oficina | mechanic | garage
limpeza | faxina | cleaning | cleaner
ama | babá | childminder | nanny
agência de viagens | travel agent | travel agency
imobiliária | estate agent | letting agent
fotógrafo | photographer
ourivesaria | joalharia | joalheria | jeweller
loja | shop | store
roupa | vestuário | clothes | clothing

Advice and care
dentista | dental | dentist
médico | clínica | doctor | clinic | GP
enfermeiro | nurse
psicólogo | terapeuta | psychologist | therapist | counselling
fisioterapeuta | fisioterapia | physiotherapist | physio
veterinário | vet
advogado | jurista | lawyer | solicitor
notário | cartório | notary
contabilista | contador | accountant | accounting | bookkeeper
tradutor | tradução | translator | translation
intérprete | interpreter
seguros | seguradora | insurance
remessas | envio de dinheiro | money transfer
imigração | immigration
visto | visa
passaporte | passport
cidadania | nacionalidade | citizenship | nationality
consulado | embaixada | consulate | embassy
apoio | ajuda | support | help | advice
emprego | trabalho | job | work
seguro de saúde | health insurance
saúde | health

Home and things
casa de banho | banheiro | toilet | bathroom
frigorífico | geladeira | fridge
telemóvel | celular | mobile phone | phone
ecrã | tela | screen
computador | portátil | notebook | computer | laptop
fato | terno | suit
ténis | tênis | sapatilhas | trainers
camisola | suéter | jumper | sweater
talheres | cutlery
peão | pedestre | pedestrian
apartamento | andar | flat | apartment
casa | moradia | house | home
renda | aluguel | rent
quarto | room

People
miúdos | crianças | meninos | putos | criançada | kids | children | child
criança | child | kid
bebé | bebê | neném | baby
rapariga | moça | menina | girl
rapaz | moço | menino | boy
avós | idosos | terceira idade | seniors | elderly | older people
jovens | juventude | youth | young people
família | family | families
mulher | women | woman
homem | men | man
amigo | amiga | friend
aluno | aluna | estudante | student
professor | explicador | teacher | tutor
vizinho | neighbour
novo | nova | new

Belonging
português | portuguesa | portuguese
brasileiro | brasileira | brazilian | Brasil | Brazil
angolano | angolana | angolan | Angola
moçambicano | moçambicana | mozambican | Moçambique | Mozambique
cabo-verdiano | cabo-verdiana | caboverdiano | caboverdiana | cape verdean | Cabo Verde | Cape Verde
guineense | bissau-guinean | Guiné-Bissau | Guinea-Bissau
são-tomense | santomense | São Tomé e Príncipe | São Tomé and Príncipe
timorense | east timorese | timorese | Timor-Leste | East Timor
goês | goesa | goan | Goa
macaense | macanese | Macau
madeirense | madeiran
açoriano | açoriana | azorean | Açores | Azores
portuense | tripeiro
lisboeta | alfacinha
luso | lusa | lusófono | lusófona | lusophone | portuguese-speaking
África | Africa | African | africano | africana
herança | património | patrimônio | heritage
comunidade | community
Lisboa | Lisbon
Londres | London

Going out
festa | party
santos populares | festas juninas | festa junina | arraial | quermesse | São João
Carnaval | entrudo | carnival
Natal | consoada | Christmas
Páscoa | Easter
Ano Novo | Réveillon | passagem de ano | New Year
Dia de Portugal | Portugal Day | dez de junho
concerto | espetáculo | show | concert | gig
música | music
música ao vivo | live music
fado | casa de fados
dança | baile | bailarico | dance | dancing
teatro | theatre
cinema | filme | film | movie
exposição | mostra | exhibition
museu | museum
livro | book
poesia | poetry
leitura | clube de leitura | book club | reading
feira | mercado | market | fair
oficina | workshop
aula | curso | class | lesson | course
palestra | conferência | debate | talk | lecture
encontro | convívio | reunião | meetup | gathering | get-together
voluntário | voluntariado | volunteer | volunteering
festa de anos | aniversário | birthday
casamento | wedding
batizado | batismo | christening | baptism
artesanato | crafts
azulejo | tile
rancho folclórico | folclore | folk dance | folklore
roda | capoeira

Faith and sport
domingo | dominical | sunday
igreja | missa | paróquia | church | mass
capela | chapel
culto | serviço religioso | worship
procissão | procession
futebol | bola | football | soccer
futsal | futebol de salão | five-a-side
equipa | equipe | time | seleção | team
claque | torcida | supporters
adepto | torcedor | fan
ginásio | academia | gym
corrida | running
natação | swimming
bicicleta | bike | cycling
caminhada | hike | walking
jogo | partida | match | game

Learning
escola | school
infantário | creche | jardim de infância | nursery
língua | idioma | language
língua portuguesa | portuguese language
inglês | inglesa | english
universidade | faculdade | university | college
biblioteca | library
associação | clube | association | club | society
""".strip()

# What belongs to a word without meaning the same: whoever asks for an Angolan restaurant is served by muamba.
# The first words also find what stands after the colon, and not the other way round.
HINTS = """
angolano | angolana | angolan: muamba | funge | calulu | mufete
brasileiro | brasileira | brazilian: feijoada | picanha | moqueca | rodízio | acarajé | coxinha | pão de queijo
cabo-verdiano | cabo-verdiana | caboverdiano | caboverdiana | cape verdean: cachupa | grogue | pastel com diabo dentro
moçambicano | moçambicana | mozambican: matapa | frango à zambeziana | capulana
guineense | bissau-guinean: caldo de mancarra
são-tomense | santomense: calulu
timorense | east timorese | timorese: ikan sabuko
goês | goesa | goan: xacuti | vindalho
macaense | macanese: minchi
madeirense | madeiran: bolo do caco | espetada
portuense | tripeiro: francesinha
""".strip()

Phrase = tuple[str, ...]


def singular(word: str) -> str:
    """A word without its plural, roughly, but always in the same way: the form under which it is looked up."""
    for plural, one in (
        ("oes", "ao"), ("aes", "ao"), ("ais", "al"), ("eis", "el"), ("ois", "ol"), ("ies", "y"),
        ("ns", "m"), ("res", "r"), ("zes", "z"), ("ss", "ss"), ("s", ""),
    ):  # fmt: skip
        if word.endswith(plural) and len(word) > 3:
            return word.removesuffix(plural) + one
    return word


def _words(phrase: str) -> Phrase:
    return tuple(fold(phrase.replace("-", " ")).split())


def _groups() -> Iterator[list[str]]:
    for line in GROUPS.splitlines():
        if "|" in line:
            yield [phrase.strip() for phrase in line.split("|")]


def phrase_key(words: Phrase) -> Phrase:
    """The form under which a phrase is looked up."""
    return tuple(singular(word) for word in words)


def _thesaurus() -> dict[Phrase, tuple[Phrase, ...]]:
    found: dict[Phrase, dict[Phrase, None]] = {}
    for group in _groups():
        phrases = [_words(phrase) for phrase in group]
        for phrase in phrases:
            found.setdefault(phrase_key(phrase), {}).update(dict.fromkeys(phrases))
    for line in HINTS.splitlines():
        asked, hinted = ([_words(phrase) for phrase in side.split("|")] for side in line.split(":"))
        for phrase in asked:
            found[phrase_key(phrase)].update(dict.fromkeys(hinted))
    return {key: tuple(phrases) for key, phrases in found.items()}


def _single_words() -> dict[str, str]:
    return {fold(phrase): phrase.lower() for group in _groups() for phrase in group if phrase.isalpha()}


# Each word or phrase, and all that means the same.
SYNONYMS = MappingProxyType(_thesaurus())
# The single words of the groups, without accents, each with its own spelling.
WORDS = MappingProxyType(_single_words())
LONGEST = max(len(key) for key in SYNONYMS)


def _with_one_letter_less(word: str) -> set[str]:
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def _near_spellings() -> dict[str, list[str]]:
    near: dict[str, list[str]] = {}
    for word in WORDS:
        for spelling in _with_one_letter_less(word):
            near.setdefault(spelling, []).append(word)
    return near


_NEAR = _near_spellings()


def looks_like(typed: str) -> set[str]:
    """The words of the groups that may be one slip away: words one slip apart share a spelling with a letter less."""
    return {word for spelling in _with_one_letter_less(typed) for word in _NEAR.get(spelling, ())}
