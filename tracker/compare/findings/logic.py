"""One form for sentences that differ in how they deny, bound or order alone: "no ... unless" is "only if".

Works on lower-case sentences with contractions written out.
"""

import re

_DENIED = r"(?:do|does|did|will|shall|may|can|must|need|is|are|has|have) not|cannot"
_OPENERS = "if|unless|once|when|whenever|where|as|because|since|until|before|after|while|except"
_DENYING = re.compile(r"\b(?:not|no|never|nor|neither|nobody|nothing|cannot|without|except|only)\b")
#: A condition that opens a sentence may as well end it.
_LEADING = re.compile(rf"(?P<condition>(?:only )?(?:{_OPENERS}) [^,;:]+), (?P<main>[^;:]+)")
#: "No employee may open it unless" is "employees may open it only if"; so is "may not open it unless".
_NO_SUBJECT = re.compile(r"(?:no|none of the) (?P<rest>[^,;]+?),? unless ")
_NOT_UNLESS = re.compile(rf"(?P<front>[^,;]+? )(?P<denial>{_DENIED}) (?P<rest>[^,;]+?),? unless ")
#: "Is not given for longer than a day" is "is given for at most a day".
_NOT_LONGER = re.compile(
    rf"\b(?P<denial>{_DENIED}) (?P<verb>(?:[\w'-]+ ){{1,6}}?)(?:for )?(?:any )?(?:longer|more) than (?=\w)"
)
_AT_THE_END = re.compile(
    r"\b(?:for )?(?P<span>(?:\w+ )?[\w-]+ (?:minutes?|hours?|days?|weeks?|months?|years?)) at (?P<bound>most|least)\b"
)
#: "Do not have access" is "have no access", "will not inform any third party" is "will inform no third party".
_HAVE_NO = re.compile(r"\b(?:do|does) not have (?!to\b)(?:any |an? )?")
_BETWEEN = r"(?! any\b| unless\b| if\b| but\b| because\b| or\b) [\w'-]+"
_NOT_ANY = re.compile(rf"\b(?P<denial>{_DENIED})(?P<between>(?:{_BETWEEN}){{1,3}}) any(?P<what>)\b")
#: The same of persons and things further on: "do not sell data to anyone" is "sell data to no one".
_NOT_ANYONE = re.compile(
    rf"\b(?P<denial>{_DENIED})(?P<between>(?:{_BETWEEN}){{1,8}}?) any(?: ?(?P<what>one|body|thing))?\b"
)
#: "At no time do we sell it" is "we never sell it", "on no account is it sold" "it is never sold".
_AT_NO_TIME = re.compile(
    r"(?:at no time|under no circumstances?|in no (?:event|case|circumstances?)|on no account|never) "
    r"(?P<auxiliary>do|does|will|shall|may|can|must|is|are) "
    r"(?P<subject>we|you|they|it|(?:your|our|the|any|this|such) (?:personal )?[\w-]+)\b"
)
#: "With no one but our couriers" is "only with our couriers", "nothing but" is "only".
_NONE_BUT = re.compile(
    r"\b(?:(?P<link>with|to|by|from|for|on) )?(?:no ?one|nobody|none|nothing)(?: else)?,? "
    r"(?:but|except(?: for)?|other than|apart from|besides|save(?: for)?) "
)
#: "We only share" is "we share only" what follows.
_ONLY_DOES = re.compile(
    r"\b(?P<subject>we|you|they|may|will|can|shall|must) only (?P<verb>(?!if\b|when\b|with\b|to\b)[a-z]+)\b"
)
#: "It is forbidden to lend it" is "you may not lend it", and so is "lending it is not allowed".
_BARRED = r"(?:forbidden|prohibited|not (?:allowed|permitted))"
_IT_IS_BARRED = re.compile(rf"it is (?:strictly )?{_BARRED} to ")
_DOING_IS_BARRED = re.compile(rf"(?P<doing>[a-z]+ing)\b(?P<rest>[^,;]*?) is (?:strictly )?{_BARRED}\b")
_ONLY_WHILE = re.compile(r"\bonly (?:while|when|where|once|after)\b")
_NEVER = re.compile(r"\b(?:(?:do|does|did) not ever|(?:do|does|did) not|not ever|never)\b")


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


def _of_what(said: re.Match[str]) -> str:
    thing = "thing" if said["what"] == "thing" else " one" if said["what"] else ""
    return f"{_affirmed(said['denial']).strip()}{said['between']} no{thing}"


def _barred(sentence: str) -> str:
    """Return what is forbidden to all as what the reader may not do."""
    sentence = _IT_IS_BARRED.sub("you may not ", sentence, count=1)
    doing = _DOING_IS_BARRED.match(sentence)
    return f"you may not {doing['doing']}{doing['rest']}{sentence[doing.end() :]}" if doing else sentence


def _never(sentence: str) -> str:
    """Return a sentence that opens with a denial of the whole with the denial at its verb."""
    said = _AT_NO_TIME.match(sentence)
    if said is None:
        return sentence
    auxiliary = "" if said["auxiliary"] in {"do", "does"} else f"{said['auxiliary']} "
    return f"{said['subject']} {auxiliary}never{sentence[said.end() :]}"


def in_one_form(sentence: str) -> str:
    """Return a sentence with its denials, bounds and conditions in one form."""
    return _not_any(_bounded(_only_if(_condition_last(sentence))), _NOT_ANY)


def in_barest_form(sentence: str) -> str:
    """Return the same with denials of all kinds at their verbs: "at no time do we", "nobody but", "it is forbidden"."""
    sentence = _only_if(_barred(_never(_condition_last(sentence))))
    sentence = _NONE_BUT.sub(lambda said: f"only {said['link']} " if said["link"] else "only ", sentence)
    sentence = _ONLY_DOES.sub(lambda said: f"{said['subject']} {said['verb']} only", _bounded(sentence))
    return _NEVER.sub("not", _not_any(_ONLY_WHILE.sub("only if", sentence), _NOT_ANYONE))


def _condition_last(sentence: str) -> str:
    sentence = sentence.strip(" .")
    leading = _LEADING.fullmatch(sentence)
    return sentence if leading is None else f"{leading['main']} {leading['condition']}"


def _bounded(sentence: str) -> str:
    sentence = _NOT_LONGER.sub(lambda said: f"{_allowed(said['denial'])}{said['verb']}for at most ", sentence)
    return _AT_THE_END.sub(lambda said: f"for at {said['bound']} {said['span']}", sentence)


def _not_any(sentence: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(_of_what, _HAVE_NO.sub("have no ", sentence))
