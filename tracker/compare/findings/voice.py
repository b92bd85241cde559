"""What is done as what somebody does: "your data is not sold" is "we do not sell your data".

Works on one sentence in canonical, plain words. Who does it is us where that is said, or where nobody else would.
"""

import re

from tracker.compare.facts.statements import is_participle, stem
from tracker.compare.vocabulary.lexicons import active, cached

#: words before "are", among which none may open a clause of its own, or be what does something
_BARE = "we|you|they|it|that|who|which|whose|if|unless|when|where|while|because|and|or|by|only|no|not|there|this"
_OBJECT = rf"(?:(?!(?:{_BARE})\b)\S+ ){{1,8}}?"
_DONE = re.compile(
    rf"(?P<object>{_OBJECT}|you |they )(?P<auxiliary>(?:may|will|can|must) )?(?P<denial>not )?(?:be|are) "
    r"(?P<denied>not )?(?P<verb>[a-z]+)(?P<us> by us)?(?P<rest>(?: .*)?)"
)


@cached(1)
def _ours() -> frozenset[str]:
    return frozenset(map(stem, active().table("plain_words.toml")["ours"]["words"]))


def in_active_voice(sentence: str) -> str:
    """Return a sentence that says what is done to a thing as one that says what we do to it; others as they are."""
    done = _DONE.fullmatch(sentence)
    if done is None or done["rest"].startswith(" by ") or not is_participle(done["verb"]):
        return sentence
    verb = stem(done["verb"])
    if not done["us"] and verb not in _ours():
        return sentence
    denial = "not " if done["denial"] or done["denied"] else ""
    return f"we {done['auxiliary'] or ''}{denial}{verb} {done['object'].strip()}{done['rest']}"
