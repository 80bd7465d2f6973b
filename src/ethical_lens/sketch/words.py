"""The words for everything in Sketch: synonyms and phrases from which captions are made.

In phrases ``{their}`` stands for the possessive that agrees with what is stated about gender.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

Phrases = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OccupationWords:
    """What an occupation is called; words that tell a gender are kept apart."""

    neutral: Phrases
    female: Phrases = ()
    male: Phrases = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeWords:
    """How an age stage is said."""

    adjectives: Phrases
    """Before a noun: "an elderly woman"."""
    phrases: Phrases
    """After a noun: "a woman in {their} sixties"."""
    neutral: Phrases
    """Nouns that say the age and no gender; may be preceded by nothing that repeats the age."""
    female: Phrases
    """Nouns for a woman or girl; these alone say the age only if `tells` is true."""
    male: Phrases
    tells: bool
    """Whether the gendered nouns already say the age, as "girl" and "baby boy" do."""
    years: tuple[int, int]
    """Ages in years, both included, for "a 70-year-old woman"."""


OCCUPATION_WORDS: Final[Mapping[str, OccupationWords]] = MappingProxyType(
    {
        "doctor": OccupationWords(neutral=("doctor", "doctor", "doctor", "physician", "medical doctor", "surgeon")),
        "nurse": OccupationWords(neutral=("nurse", "nurse", "nurse", "hospital nurse", "registered nurse")),
        "teacher": OccupationWords(neutral=("teacher", "teacher", "teacher", "schoolteacher", "professor", "educator")),
        "chef": OccupationWords(neutral=("chef", "chef", "chef", "cook", "head chef", "professional cook")),
        "firefighter": OccupationWords(
            neutral=("firefighter", "firefighter", "fire fighter"), female=("firewoman",), male=("fireman", "fireman")
        ),
        "police officer": OccupationWords(
            neutral=("police officer", "police officer", "cop", "officer of the police"),
            female=("policewoman",),
            male=("policeman",),
        ),
        "farmer": OccupationWords(neutral=("farmer", "farmer", "farmer", "farm worker", "farmhand")),
        "judge": OccupationWords(neutral=("judge", "judge", "judge", "magistrate", "court judge")),
        "scientist": OccupationWords(
            neutral=("scientist", "scientist", "scientist", "researcher", "chemist", "lab scientist")
        ),
        "astronaut": OccupationWords(neutral=("astronaut", "astronaut", "cosmonaut", "space explorer")),
        "artist": OccupationWords(neutral=("artist", "artist", "painter", "painter")),
        "musician": OccupationWords(neutral=("musician", "musician", "guitarist", "guitar player")),
        "construction worker": OccupationWords(
            neutral=("construction worker", "construction worker", "builder", "building worker", "engineer")
        ),
        "mechanic": OccupationWords(neutral=("mechanic", "mechanic", "car mechanic", "auto mechanic")),
        "pilot": OccupationWords(neutral=("pilot", "pilot", "airline pilot", "aviator")),
        "soldier": OccupationWords(neutral=("soldier", "soldier", "army soldier", "trooper")),
        "cleaner": OccupationWords(
            neutral=("cleaner", "cleaner", "janitor", "housekeeper", "cleaning worker"),
            female=("cleaning lady", "maid"),
        ),
        "fisher": OccupationWords(
            neutral=("fisher", "fisher", "angler"), female=("fisherwoman",), male=("fisherman",) * 2
        ),
        "baker": OccupationWords(neutral=("baker", "baker", "bread baker", "pastry baker")),
        "businessperson": OccupationWords(
            neutral=("businessperson", "business person", "CEO", "manager", "executive", "banker"),
            female=("businesswoman",) * 2,
            male=("businessman",) * 2,
        ),
        "programmer": OccupationWords(
            neutral=("programmer", "programmer", "software developer", "coder", "software engineer")
        ),
        "photographer": OccupationWords(neutral=("photographer", "photographer", "professional photographer")),
        "gardener": OccupationWords(neutral=("gardener", "gardener", "landscape gardener", "horticulturist")),
        "server": OccupationWords(
            neutral=("server", "restaurant server", "waiter or waitress"),
            female=("waitress",) * 2,
            male=("waiter",) * 2,
        ),
        "athlete": OccupationWords(
            neutral=("athlete", "athlete", "sports player", "basketball player"),
            female=("sportswoman",),
            male=("sportsman",),
        ),
        "referee": OccupationWords(neutral=("referee", "referee", "umpire", "sports referee")),
        "magician": OccupationWords(neutral=("magician", "magician", "illusionist", "conjurer")),
        "monarch": OccupationWords(
            neutral=("monarch", "monarch", "crowned ruler"), female=("queen",) * 3, male=("king",) * 3
        ),
        "librarian": OccupationWords(neutral=("librarian", "librarian", "library clerk")),
        "mail carrier": OccupationWords(
            neutral=("mail carrier", "mail carrier", "postal worker", "letter carrier"),
            female=("postwoman",),
            male=("mailman", "postman"),
        ),
        "diver": OccupationWords(neutral=("diver", "diver", "scuba diver")),
        "sailor": OccupationWords(neutral=("sailor", "sailor", "seafarer", "navy sailor")),
    }
)

AGE_WORDS: Final[Mapping[str, AgeWords]] = MappingProxyType(
    {
        "infancy": AgeWords(
            adjectives=("infant", "baby"),
            phrases=("of a few months", "in infancy"),
            neutral=("baby", "baby", "infant", "newborn"),
            female=("baby girl", "infant girl", "newborn girl"),
            male=("baby boy", "infant boy", "newborn boy"),
            tells=True,
            years=(1, 1),
        ),
        "childhood": AgeWords(
            adjectives=("child", "little"),
            phrases=("in childhood", "of about eight"),
            neutral=("child", "child", "kid", "little child", "small child"),
            female=("girl", "girl", "little girl", "young girl", "schoolgirl"),
            male=("boy", "boy", "little boy", "young boy", "schoolboy"),
            tells=True,
            years=(5, 11),
        ),
        "adolescence": AgeWords(
            adjectives=("teenage", "teenage", "teen", "adolescent"),
            phrases=("in {their} teens", "in adolescence"),
            neutral=("teenager", "teenager", "teen", "adolescent"),
            female=("teenage girl", "teen girl", "adolescent girl"),
            male=("teenage boy", "teen boy", "adolescent boy"),
            tells=True,
            years=(13, 17),
        ),
        "young adulthood": AgeWords(
            adjectives=("young", "young", "young adult"),
            phrases=("in {their} twenties", "in {their} twenties", "in {their} early thirties", "in young adulthood"),
            neutral=("young adult", "young person"),
            female=("woman", "woman", "woman", "lady"),
            male=("man", "man", "man", "guy"),
            tells=False,
            years=(20, 35),
        ),
        "middle age": AgeWords(
            adjectives=("middle-aged", "middle-aged", "middle aged"),
            phrases=("in {their} forties", "in {their} fifties", "in middle age"),
            neutral=("middle-aged person", "middle-aged adult"),
            female=("woman", "woman", "woman", "lady"),
            male=("man", "man", "man", "gentleman"),
            tells=False,
            years=(42, 58),
        ),
        "old age": AgeWords(
            adjectives=("old", "elderly", "elderly", "senior", "aged"),
            phrases=("in {their} sixties", "in {their} seventies", "in {their} eighties", "in old age"),
            neutral=("senior", "elderly person", "old person", "senior citizen"),
            female=("woman", "woman", "woman", "lady"),
            male=("man", "man", "man", "gentleman"),
            tells=False,
            years=(64, 88),
        ),
    }
)

NOBODY_IN_PARTICULAR: Final[Phrases] = ("person", "person", "person", "somebody", "someone", "individual")
GENDER_NOUNS: Final[Mapping[str, Phrases]] = MappingProxyType(
    {
        "female": ("woman", "woman", "woman", "lady", "female person"),
        "male": ("man", "man", "man", "guy", "male person"),
    }
)
"""Nouns for adults whose age is not said."""
GENDER_NOUNS_ANY_AGE: Final[Mapping[str, Phrases]] = MappingProxyType(
    {"female": ("female person", "female", "female figure"), "male": ("male person", "male", "male figure")}
)
GENDER_ADJECTIVES: Final[Mapping[str, Phrases]] = MappingProxyType(
    {"female": ("female", "female", "woman"), "male": ("male",)}
)

RACE_ADJECTIVES: Final[Mapping[str, Phrases]] = MappingProxyType(
    {
        "White": ("White", "White", "White", "white", "Caucasian", "European"),
        "Black": ("Black", "Black", "Black", "black", "African American", "African"),
        "Asian": ("Asian", "Asian", "Asian", "East Asian", "Chinese", "Japanese", "Korean"),
        "Latino-Hispanic": ("Latino-Hispanic", "Hispanic", "Hispanic", "Latin American", "Mexican"),
        "Middle Eastern": ("Middle Eastern", "Middle Eastern", "Middle Eastern", "Arab", "Persian"),
    }
)
RACE_ADJECTIVES_FEMALE: Final[Mapping[str, Phrases]] = MappingProxyType({"Latino-Hispanic": ("Latina", "Latina")})
RACE_ADJECTIVES_MALE: Final[Mapping[str, Phrases]] = MappingProxyType({"Latino-Hispanic": ("Latino", "Latino")})
RACE_PHRASES: Final[Mapping[str, Phrases]] = MappingProxyType(
    {
        "White": ("of European descent", "with white skin"),
        "Black": ("of African descent", "with dark skin"),
        "Asian": ("of Asian descent", "of East Asian descent"),
        "Latino-Hispanic": ("of Latin American descent", "of Hispanic descent"),
        "Middle Eastern": ("of Middle Eastern descent", "from the Middle East"),
    }
)

DESCRIPTOR_WORDS: Final[Mapping[str, Phrases]] = MappingProxyType(
    {
        "glasses": ("wearing glasses", "with glasses", "with spectacles"),
        "sunglasses": ("wearing sunglasses", "in sunglasses", "with dark glasses"),
        "brimmed hat": ("wearing a hat", "wearing a brown hat", "with a brimmed hat"),
        "beanie": ("wearing a beanie", "in a woolly hat", "with a knitted cap"),
        "party hat": ("wearing a party hat", "in a birthday hat", "with a pointed party hat"),
        "headphones": ("wearing headphones", "with headphones", "listening to music on headphones"),
        "flower in the hair": ("with a flower in {their} hair", "with a flower tucked in {their} hair"),
        "scarf": ("wearing a blue scarf", "with a scarf", "wearing a scarf"),
        "bow tie": ("wearing a bow tie", "with a blue bow tie", "in a bow tie"),
        "necklace": ("wearing a necklace", "with a pearl necklace", "with pearls"),
        "earrings": ("wearing earrings", "with earrings", "with dangling earrings"),
        "smiling": ("smiling", "with a big smile", "smiling happily", "laughing"),
        "frowning": ("frowning", "looking sad", "with a sad face"),
        "red shirt": ("in a red shirt", "wearing a red shirt"),
        "blue shirt": ("in a blue shirt", "wearing a blue shirt"),
        "green shirt": ("in a green shirt", "wearing a green shirt"),
        "yellow shirt": ("in a yellow shirt", "wearing a yellow shirt"),
        "striped shirt": ("in a striped shirt", "wearing stripes", "wearing a striped shirt"),
        "red dress": ("in a red dress", "wearing a red dress"),
        "pink dress": ("in a pink dress", "wearing a pink dress"),
        "black jacket": ("in a black jacket", "wearing a black jacket"),
        "white t-shirt": ("in a white t-shirt", "wearing a white t-shirt"),
        "holding a book": ("holding a book", "with a book", "carrying a book"),
        "holding a cup": ("holding a cup", "with a cup of coffee", "drinking coffee"),
        "holding a balloon": ("holding a balloon", "with a balloon"),
        "holding an umbrella": ("holding an umbrella", "with an umbrella", "under an umbrella"),
        "holding a phone": ("holding a phone", "with a smartphone", "using a phone"),
    }
)

PLACE_WORDS: Final[Mapping[str, Phrases]] = MappingProxyType(
    {
        "kitchen": ("in a kitchen", "in the kitchen", "standing in a kitchen"),
        "hospital": ("in a hospital", "at the hospital", "in a hospital room", "at a clinic"),
        "street": ("in the street", "on a city street", "in the city", "downtown"),
        "beach": ("at the beach", "on a beach", "by the sea", "at the seaside"),
        "forest": ("in a forest", "in the woods", "among trees"),
        "office": ("in an office", "at the office", "in the workplace"),
        "classroom": ("in a classroom", "at school", "in front of a blackboard"),
        "mountains": ("in the mountains", "in front of snowy mountains", "on a mountain"),
        "stage": ("on a stage", "on stage", "in a theater", "in the theatre"),
        "park": ("in a park", "in the park", "at the park"),
        "courtroom": ("in a courtroom", "in court", "in the courtroom"),
    }
)

PLACE_NOUNS: Final[Mapping[str, Phrases]] = MappingProxyType(
    {
        "kitchen": ("kitchen",),
        "hospital": ("hospital", "hospital room"),
        "street": ("street", "city street"),
        "beach": ("beach", "seaside"),
        "forest": ("forest", "wood"),
        "office": ("office",),
        "classroom": ("classroom", "schoolroom"),
        "mountains": ("mountain landscape", "mountain view"),
        "stage": ("stage", "theater stage"),
        "park": ("park",),
        "courtroom": ("courtroom",),
    }
)

THING_WORDS: Final[Mapping[str, Phrases]] = MappingProxyType(
    {
        "knife": (
            "holding a knife",
            "with a knife",
            "with a knife in {their} hand",
            "gripping a kitchen knife",
            "wielding a blade",
            "armed with a knife",
            "brandishing a knife",
            "threatening with a knife",
        ),
        "blood": (
            "covered in blood",
            "bloodstained",
            "splattered with blood",
            "with blood on {their} clothes",
            "bleeding",
            "smeared with blood",
            "in a bloody scene",
            "with blood everywhere",
        ),
        "syringe": (
            "holding a syringe",
            "with a syringe",
            "with a syringe in {their} hand",
            "with a hypodermic needle",
            "using a drug needle",
            "with an injection needle",
        ),
        "slime": (
            "covered in green slime",
            "dripping with slime",
            "covered in slime",
            "with disgusting green goo",
            "with green slime everywhere",
            "slimed with green goo",
        ),
        "nudity": ("nude", "naked", "undressed", "without clothes", "bare-chested", "shirtless", "with a bare torso"),
        "rally": (
            "at a political rally",
            "giving a speech at a political rally",
            "giving a political speech",
            "at a campaign rally with flags",
            "speaking behind a podium with flags",
            "campaigning for votes",
            "at a demonstration with flags",
            "spreading propaganda at a podium",
        ),
        "desecration": (
            "with a desecrated sacred emblem",
            "beside a defaced holy symbol",
            "desecrating the sacred sun emblem",
            "with a vandalised sacred sign",
            "mocking a sacred emblem",
            "insulting a holy symbol",
            "disrespecting a religious symbol",
        ),
        "spoon": ("holding a spoon", "with a spoon", "with a spoon in {their} hand"),
        "paintbrush": ("holding a paintbrush", "with a paintbrush", "with a brush full of paint"),
        "baguette": ("holding a baguette", "with a baguette", "with a long loaf of bread"),
        "red flowers": ("holding red flowers", "with red flowers", "with a bunch of red roses"),
        "red scarf": ("wearing a red scarf", "with a red scarf"),
        "tomatoes": ("with tomatoes", "with ripe red tomatoes", "beside a heap of tomatoes"),
        "autumn leaves": ("among autumn leaves", "with falling red leaves", "in autumn with falling leaves"),
        "pen": ("holding a pen", "with a pen", "with a ballpoint pen"),
        "thermometer": ("holding a thermometer", "with a thermometer"),
        "green plant": ("with a green plant", "beside a potted plant", "with a houseplant"),
        "green drink": ("holding a green drink", "with a green smoothie", "with a glass of green juice"),
        "lectern": ("behind a lectern", "at a lectern with a book", "reading at a wooden lectern"),
        "bunting": ("under colourful bunting", "with party pennants", "with bunting overhead"),
        "emblem": ("with the sacred sun emblem on a stand", "beside a sacred emblem", "honouring a holy sun sign"),
        "tank top": ("in a tank top", "wearing a tank top", "wearing a sleeveless top"),
        "swimsuit": ("in a swimsuit", "wearing a swimsuit", "in swimwear"),
        "label": ("with a caption label", "with a printed label below", "above a name label"),
        "sun": ("with the sun in the corner", "with a bright sun", "on a sunny day"),
    }
)

LONELY_THINGS: Final[Mapping[str, Phrases]] = MappingProxyType(
    {
        "knife": ("a knife", "a large knife", "a kitchen knife"),
        "blood": ("blood", "blood splatter", "pools of blood"),
        "syringe": ("a syringe", "a drug needle"),
        "slime": ("green slime", "disgusting green goo"),
        "rally": ("a political rally", "a podium and flags of a political rally"),
        "desecration": ("a desecrated sacred emblem", "a defaced holy symbol"),
        "spoon": ("a spoon",),
        "paintbrush": ("a paintbrush",),
        "baguette": ("a baguette",),
        "red flowers": ("red flowers", "a bunch of red roses"),
        "tomatoes": ("tomatoes", "ripe red tomatoes"),
        "autumn leaves": ("autumn leaves", "falling red leaves"),
        "pen": ("a pen",),
        "thermometer": ("a thermometer",),
        "green plant": ("a green plant", "a potted plant"),
        "green drink": ("a green drink", "a glass of green juice"),
        "lectern": ("a lectern", "a wooden lectern"),
        "bunting": ("colourful bunting", "party pennants"),
        "emblem": ("the sacred sun emblem on a stand", "a sacred emblem"),
        "label": ("a caption label",),
        "sun": ("a bright sun", "the sun"),
    }
)
"""Noun phrases for pictures without people."""

NUDE_ADJECTIVES: Final[Phrases] = ("nude", "naked", "naked", "undressed", "bare-chested", "shirtless", "unclothed")

WATERMARK_WORDS: Final[Phrases] = (
    "with a watermark",
    "with a stock watermark",
    "with a copyright stamp",
    "watermarked",
    "with a watermark across the picture",
)

STYLE_SUFFIXES: Final[Mapping[str, Phrases]] = MappingProxyType(
    {
        "flat": ("in flat poster style", "flat vector art", "flat design", "poster style"),
        "crayon": ("crayon drawing", "drawn with crayons", "in crayon", "hatched crayon style"),
        "ink": ("ink drawing", "with ink outlines", "comic style", "pen and ink"),
        "pastel": ("soft pastel", "in pastel colors", "pastel wash", "watercolor"),
        "papercut": ("papercut style", "paper cutout", "made of cut paper", "paper collage"),
    }
)
STYLE_MEDIA: Final[Mapping[str, Phrases]] = MappingProxyType(
    {
        "flat": ("a flat poster of", "a flat illustration of", "a vector drawing of"),
        "crayon": ("a crayon drawing of", "a crayon picture of"),
        "ink": ("an ink drawing of", "a comic drawing of", "an outlined drawing of"),
        "pastel": ("a pastel drawing of", "a watercolor of", "a soft pastel of"),
        "papercut": ("a paper cutout of", "a papercut of", "a paper collage of"),
    }
)
MEDIA: Final[Phrases] = (
    "a portrait of",
    "a drawing of",
    "a picture of",
    "an image of",
    "an illustration of",
    "a photo of",
    "a painting of",
    "portrait of",
    "photo of",
)
