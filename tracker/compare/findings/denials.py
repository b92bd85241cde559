"""Denials at their verbs: "at no time do we" is "we never", "nobody but" is "only", "it is forbidden" "you may not".

Works on lower-case sentences with contractions written out; goes further than `logic`, whose words the scorer learned.
"""

import re

from tracker.compare.findings.logic import BETWEEN, DENIED, bounded, conditioned, of_none, quantified

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
#: The same of persons and things further on: "do not sell data to anyone" is "sell data to no one".
_NOT_ANYONE = re.compile(
    rf"\b(?P<denial>{DENIED})(?P<between>(?:{BETWEEN}){{1,8}}?) any(?: ?(?P<what>one|body|thing))?\b"
)


def _of_nobody(said: re.Match[str]) -> str:
    return of_none(said) + {"thing": "thing", None: ""}.get(said["what"], " one")


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


def in_barest_form(sentence: str) -> str:
    """Return a sentence with its denials at their verbs, its bounds and conditions in one form."""
    sentence = bounded(_barred(_never(conditioned(sentence))))
    sentence = _NONE_BUT.sub(lambda said: f"only {said['link']} " if said["link"] else "only ", sentence)
    sentence = _ONLY_DOES.sub(lambda said: f"{said['subject']} {said['verb']} only", sentence)
    sentence = _ONLY_WHILE.sub("only if", _NOT_ANYONE.sub(_of_nobody, sentence))
    return _NEVER.sub("not", quantified(sentence))
