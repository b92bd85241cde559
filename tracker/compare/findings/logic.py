"""One form for sentences that differ in how they deny, bound or order alone: "no ... unless" is "only if".

Works on lower-case sentences with contractions written out.
"""

import re

from tracker.compare.vocabulary.grammar import grammar
from tracker.compare.vocabulary.lexicons import cached

DENIED = r"(?:do|does|did|will|shall|may|can|must|need|is|are|has|have) not|cannot"
_OPENERS = "if|unless|once|when|whenever|where|as|because|since|until|before|after|while|except"
_DENYING = re.compile(r"\b(?:not|no|never|nor|neither|nobody|nothing|cannot|without|except|only)\b")
#: A condition that opens a sentence may as well end it.
_LEADING = re.compile(rf"(?P<condition>(?:only )?(?:{_OPENERS}) [^,;:]+), (?P<main>[^;:]+)")
#: "No employee may open it unless" is "employees may open it only if"; so is "may not open it unless".
_NO_SUBJECT = re.compile(r"(?:no|none of the) (?P<rest>[^,;]+?),? unless ")
_NOT_UNLESS = re.compile(rf"(?P<front>[^,;]+? )(?P<denial>{DENIED}) (?P<rest>[^,;]+?),? unless ")
#: "Is not given for longer than a day" is "is given for at most a day".
_NOT_LONGER = re.compile(
    rf"\b(?P<denial>{DENIED}) (?P<verb>(?:[\w'-]+ ){{1,6}}?)(?:for )?(?:any )?(?:longer|more) than (?=\w)"
)
_AT_THE_END = re.compile(
    r"\b(?:for )?(?P<span>(?:\w+ )?[\w-]+ (?:minutes?|hours?|days?|weeks?|months?|years?)) at (?P<bound>most|least)\b"
)
#: "Do not have access" is "have no access", "will not inform any third party" is "will inform no third party".
_HAVE_NO = re.compile(r"\b(?:do|does) not have (?!to\b)(?:any |an? )?")
BETWEEN = r"(?! any\b| unless\b| if\b| but\b| because\b| or\b) [\w'-]+"
_NOT_ANY = re.compile(rf"\b(?P<denial>{DENIED})(?P<between>(?:{BETWEEN}){{1,3}}) any\b")

#: "If you have not agreed" is "unless you have agreed", where nothing else stands in the condition.
_JOINING = r"(?:and|or|but|unless|not|no|never|then)\b"
_IF_NOT = re.compile(
    r"\bif (?P<who>(?:[\w'-]+ ){1,4}?)(?P<aux>do|does|did|have|has|had|is|are|was|were|can) not "
    rf"(?P<rest>(?!{_JOINING})[\w'-]+(?: (?!{_JOINING})[\w'-]+)*)(?=[,;.]|$)"
)
#: What "any" takes in is all, where nothing denies it, asks for it or lets one choose: "we destroy any copies".
_ANY = re.compile(r"\bany (?=(?:(?!of\b)[\w'-]+ )?[\w'-]+[^\W_us]s\b)")
_CHOOSING = re.compile(
    r"\b(?:if|unless|whether|when|where|whenever|may|can|could|might|not|no|never|nor|neither|nobody|nothing|none"
    r"|cannot|without|except|until|before|any \w+ or)\b"
)

_RELATIVE_DENIAL = re.compile(r"\b(?:that|which|who)(?: \w+){1,2} not(?: yet)?(?: been)? \w+")


@cached(1)
def _modals() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what finds who must not do a thing, and who must: persons alone, as "we may not" may be a chance."""
    person = grammar().source("user", "person")
    bound = grammar().source("user", "person", "recipient")
    return (
        re.compile(rf"(?P<who>{bound}) (?:must not|shall not|(?:are|is) not to)\b"),
        re.compile(
            rf"(?P<who>{person}) "
            r"(?:shall(?! (?:have|be|get|receive|keep|retain|own|remain|not)\b)|(?:are|is) to(?! be able\b))\b"
        ),
    )


def _modal(sentence: str) -> str:
    """Return a sentence with what persons must and must not do said in one way."""
    if " not" in sentence:
        sentence = _modals()[0].sub(lambda said: f"{said['who']} may not", sentence)
    if " to " in sentence or " shall " in sentence:
        sentence = _modals()[1].sub(lambda said: f"{said['who']} must", sentence)
    return sentence


def _unless(condition: re.Match[str]) -> str:
    auxiliary = condition["aux"]
    said = "" if auxiliary in {"do", "does", "did"} else f"{auxiliary} "
    return f"unless {condition['who']}{said}{condition['rest']}"


def _all(said: re.Match[str]) -> str:
    """Return what "any" is behind the words in front of it; what denies a relative clause denies nothing there."""
    front = _RELATIVE_DENIAL.sub(" ", said.string[: said.start()])
    return said.group() if _CHOOSING.search(front) else "all "


def _affirmed(denial: str) -> str:
    """Return what an auxiliary is without its "not": "will" for "will not", nothing for "does not"."""
    word = "can" if denial == "cannot" else denial.removesuffix(" not")
    return "" if word in {"do", "does", "did"} else f"{word} "


def _allowed(denial: str) -> str:
    """Return the same for what is left within a bound: what must not be done beyond it may be done within."""
    return "may " if denial == "must not" else _affirmed(denial)


def _only_if(sentence: str) -> str:
    subject = _NO_SUBJECT.match(sentence)
    if subject is not None and not _DENYING.search(subject["rest"]):
        return f"{subject['rest']} only if {sentence[subject.end() :]}"
    said = _NOT_UNLESS.match(sentence)
    if said is None or _DENYING.search(said["front"]) or _DENYING.search(said["rest"]):
        return sentence
    return f"{said['front']}{_allowed(said['denial'])}{said['rest']} only if {sentence[said.end() :]}"


def of_none(said: re.Match[str]) -> str:
    """Return what is denied of any as what holds of none."""
    return f"{_affirmed(said['denial']).strip()}{said['between']} no"


def conditioned(sentence: str) -> str:
    """Return a sentence with its condition last and what persons must and may said in one way."""
    sentence = _modal(sentence.strip(" ."))
    if " not " in sentence and "if " in sentence:
        sentence = _IF_NOT.sub(_unless, sentence)
    leading = _LEADING.fullmatch(sentence)
    return sentence if leading is None else f"{leading['main']} {leading['condition']}"


def bounded(sentence: str) -> str:
    """Return a sentence with "not unless" as "only if" and spans that are not exceeded as such at most."""
    sentence = _only_if(sentence)
    sentence = _NOT_LONGER.sub(lambda said: f"{_allowed(said['denial'])}{said['verb']}for at most ", sentence)
    return _AT_THE_END.sub(lambda said: f"for at {said['bound']} {said['span']}", sentence)


def quantified(sentence: str) -> str:
    """Return a sentence with "not any" as "no" and an "any" that takes in all as "all"."""
    sentence = _HAVE_NO.sub("have no ", sentence)
    if "any " in sentence:
        sentence = _ANY.sub(_all, sentence)
    return _NOT_ANY.sub(of_none, sentence)


def in_one_form(sentence: str) -> str:
    """Return a sentence with its denials, bounds and conditions in one form."""
    return quantified(bounded(conditioned(sentence)))
