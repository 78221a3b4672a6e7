"""The small words that every text of a language is full of, and what they say of its language.

In running text every third word is one of a few dozen (the, of, and), which makes them the
cheapest evidence there is: fifty words are looked up in some microseconds. Languages that no
newsroom is likely to use are listed as well, so that a text in one of them is not taken for its
neighbour. Related languages share most of theirs (Danish and Norwegian, Malay and Indonesian), so
that between these no sure answer comes from here.

Words are in lower case, accents as written, parted at apostrophes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from math import sqrt
from struct import Struct
from typing import NamedTuple

SURE_LEAD = 1.5
"""By how many words that it has for itself the first language leads, to be sure of it."""

SURE_RIVAL = 0.6
"""How much of the first language's weight the second may have."""

SURE_SHARE = 0.07
"""How much weight the first language must have for each word of the text."""

_LEANING_LEAD = 0.7

_SEVERAL = frozenset({"hr"})
"""Whose words are those of several languages (Bosnian, Croatian, Serbian)."""

_WORDS = {
    "en": (
        "the of and to in is was for on that with as by at from it be are has have had were "
        "this which not but his her their after an said will who been they its he she would "
        "more about than when what into over could also out up"
    ),
    "fr": (
        "le la les des du de et est un une dans pour que qui sur au aux par avec pas plus ce "
        "cette ses son sa sont été ont il elle ne se mais comme leur leurs nous après être "
        "deux contre selon qu ces était a en"
    ),
    "de": (
        "der die das und ist in den von zu mit dem des nicht ein eine einen einem einer auf "
        "für im sich auch als nach bei aus an hat wird werden sind wurde war wie noch über "
        "zum zur sie er dass haben mehr oder aber vor durch gegen am es um"
    ),
    "es": (
        "el la los las de en y que un una por con del se para es su al más no como fue ha lo "
        "sus este esta pero son entre tras también han años desde sobre sin está hay a ser "
        "cuando muy ya le porque durante donde según todo nos"
    ),
    "it": (
        "il lo la i gli le di del della dei delle che e è un una per in con non da nel nella "
        "al alla si sono ha su come anche più dal dalla sul sulla ai hanno ma questo questa "
        "dopo degli ed a nei negli dalle era contro tra fra quando dove ancora stato"
    ),
    "pt": (
        "o a os as de do da dos das e em no na nos nas que um uma para com não por se ao à "
        "foi mais é como pelo pela são seu sua após também sobre está entre até ser tem foram "
        "pelos tinha quando já mesmo contra"
    ),
    "nl": (
        "de het een van en in is dat op te zijn voor met niet aan er om ook als door bij uit "
        "naar heeft worden werd wordt over maar hij ze tot tegen na kan deze dit meer nog wel "
        "was"
    ),
    "sv": (
        "och i att det som en på är av för den med till inte har de ett om var från vid men "
        "kan han sig efter när under också mot eller ska"
    ),
    "da": (
        "og i at det er en af på for til den med de ikke som har et om fra var ved men han "
        "sig efter også mod eller skal blev være kan ud"
    ),
    "no": (
        "og i å det er en av på for til den med de ikke som har et om fra var ved men han seg "
        "etter også mot eller skal ble være kan ut"
    ),
    "is": "og í að er á sem en til um við með af var það ekki hefur þess hann verið frá því",
    "fi": (
        "ja on ei se että oli hän ovat mutta joka myös kun jos kuin sen tai ole mukaan vuoden "
        "jotka sekä hänen tämä niin"
    ),
    "et": "ja on ei et see oli kui ning ka mis aga ta oma selle pole kes seda",
    "hu": (
        "a az és hogy nem is egy meg van volt el ez csak már de ki még mint után szerint vagy azt"
    ),
    "pl": (
        "w i z na się nie do to że jest o jak po od za co przez ale dla są był była tym jego "
        "oraz być które który także przed czy a ze"
    ),
    "cs": (
        "a se v na je že s z do o to i pro za po ale jako byl jsou podle od ve by jeho které "
        "který při byla také už"
    ),
    "sk": (
        "a sa v na je že s z do o to i aj pre za po ale ako bol sú podľa od vo by jeho ktoré "
        "ktorý pri bola tiež už"
    ),
    "sl": "in je v na da se za so z ki pa s po od tudi bi ne kot ali kar še bil ni pri iz ter",
    "hr": (
        "i je u na se da za su od s o a kao iz će koji što bi nije ne bio sa koja do ali te kako"
    ),
    "ro": (
        "și şi de în la a cu pe nu din care pentru o că este un au mai fost sunt al ce prin "
        "sau după dar fi ale lui"
    ),
    "sq": "e të në dhe për me nga një që i se ka është nuk do si u më kanë së",
    "tr": (
        "ve bir bu da de için ile olarak çok daha olan en ne gibi kadar sonra ise olduğunu "
        "var değil ancak oldu göre her ya"
    ),
    "az": "və bir bu da də üçün ilə olan edib ki isə görə bildirib olub",
    "uz": "va bu bir uchun bilan ham deb o",
    "id": (
        "yang dan di ke dari untuk dengan ini itu pada tidak dalam adalah akan juga oleh "
        "telah sebagai karena bisa atau saat mereka"
    ),
    "ms": (
        "yang dan di ke dari untuk dengan ini itu pada tidak dalam adalah akan juga oleh "
        "telah sebagai kerana boleh atau beliau berkata"
    ),
    "tl": "ang ng sa na mga at ay ni si hindi ito para kay may",
    "vi": "và của là có trong được cho không với các một những người này đã để khi đến tại từ",
    "sw": (
        "na ya wa kwa ni za la katika kuwa hii cha huo hiyo baada alisema nchini watu wakati ambao"
    ),
    "ha": (
        "da na ya a ta ba ce wannan don cikin sun shi kuma daga amma domin yadda zuwa suka ne an"
    ),
    "yo": "ti ni ati ó ń fún pé sí tó àwọn náà kan wọn",
    "so": "oo iyo ka ku ee waa in uu ay soo la waxaa kale",
    "ig": "na nke ndị ka ya dị bụ maka",
    "pcm": "di dey na wey for don im dem sey no e wia tok to of and",
    "af": (
        "die van en in is het nie n op te vir dat met om aan sy wat ook deur was as by uit "
        "maar word sal"
    ),
    "ca": (
        "el la els les de i a en que un una per amb no es del al és ha més com però aquest "
        "aquesta dels seva són també"
    ),
    "gl": (
        "o a os as de do da dos das e en no na que un unha para con non por se ao é foi máis "
        "como polo pola son seu súa tamén"
    ),
    "ast": "el la los les de en y que un una por con del se pa ye so al más non como foi",
    "oc": "lo la los las de en e que un una per amb del dels es son a dins",
    "eu": "eta da ez du dira bat zuen ere dute izan zen baina hau dela",
    "lv": "un ir no ar par uz ka kas lai arī bija tika bet to pēc",
    "lt": "ir kad su yra į iš bet tai buvo o apie kaip dėl po nuo savo",
    "ga": "an na agus ar is le go ag i bhí tá sé a do",
    "cy": "yn y a i ar o wedi mae yr ei am gan bod",
    "mt": "il u li ta ma għal fil minn",
    "eo": "la de kaj en estas al por kiu kun estis",
    "la": "et in est ad cum quod qui non ut",
    "lb": "de an den ass d vun fir mat op zu dat net",
    "fy": "de it in fan en yn is dat op te foar mei net oan",
    "ht": "nan ki yo pou ak la sa li te",
    "mg": "ny sy fa ho an amin dia no",
    "ku": "û ku di li bi ji de ew jî",
    "ru": (
        "и в не на что с по как это для из к от за был его он но у до было о при также они "
        "она же бы после году или со"
        " что это его также который которые которых может уже только если чтобы еще ещё были будет"
        " лет этого том между более во всех без того их кто себя"
    ),
    "uk": (
        "і в у не на що з та до як це для від за був його він але про при також вони вона "
        "після році або й є із дуже так мені ти все буде вам вас нас щоб було тому вже ще чи "
        "я ви ми тебе якщо"
    ),
    "be": "і ў не на што з у да як гэта для ад за быў яго ён але пра пры таксама яны",
    "bg": "и на в за не от се да че по са с е като ще до при това го след той",
    "sr": "и је у на се да за су од са о као из ће који што није",
    "mk": "и на во за да не од се со што ќе е како ги",
    "kk": "және мен бұл үшін деп бар бір бойынша болды",
    "ky": "жана менен бул үчүн деп бир",
    "mn": "болон нь энэ байна юм",
    "tg": "ва дар аз ки ба ин бо барои",
    "ar": "في من على إلى أن التي الذي عن مع هذا هذه كان ما لا بعد قال بين وقد كما ذلك خلال وفي",
    "fa": "در به از که این را با است آن برای بود می شد تا و های شده کرد",
    "ur": "کے میں کی سے کا اور کو نے ہے ہیں کہ پر یہ اس تھا",
    "ps": "د په او چې کې له دي ته دا سره",
    "ckb": "لە و بە کە بۆ ئەو ئەم",
}

_LANGUAGES = tuple(_WORDS)
_FIELDS = Struct(f"<{len(_LANGUAGES)}I")
_ONE = 1 << 18  # the weight of a word that one language alone has


class Evidence(NamedTuple):
    """What the small words say: the ``language`` that has most of them, or None."""

    language: str | None
    sure: bool


def small_words(language: str) -> frozenset[str]:
    """The small words of ``language`` (ISO 639); none of a language that is not listed."""
    return frozenset(_WORDS.get(language, "").split())


def evidence(words: Sequence[str]) -> Evidence:
    """What ``words`` (in lower case; at most ten thousand) say of the language they are in.

    A word counts the less for a language the more others have it.
    """
    weights = _added(filter(None, map(_weights().get, words)))
    rival, weight = sorted(weights)[-2:]
    lead = weight - rival
    if lead < _LEANING_LEAD * _ONE:
        return Evidence(None, sure=False)
    first = _LANGUAGES[weights.index(weight)]
    enough = lead >= SURE_LEAD * _ONE and weight >= SURE_SHARE * _ONE * len(words)
    return Evidence(first, sure=enough and rival <= SURE_RIVAL * weight and first not in _SEVERAL)


def _added(weights: Iterable[int]) -> tuple[int, ...]:
    """The sum of ``weights`` for each language."""
    return _FIELDS.unpack(sum(weights).to_bytes(_FIELDS.size, "little"))


@cache
def _weights() -> Mapping[str, int]:
    """Each word with its weight for every language: the fields, of 32 bits, of one number.

    So that one addition adds up for all languages at once.
    """
    fields: dict[str, list[int]] = defaultdict(list)
    for place, words in enumerate(_WORDS.values()):
        for word in words.split():
            fields[word].append(32 * place)
    return {
        word: sum(round(_ONE / sqrt(len(places))) << place for place in places)
        for word, places in fields.items()
    }
