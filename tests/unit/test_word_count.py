"""Words are counted in every script."""

import pytest

from tracker.compare import compare
from tracker.compare.text.clauses import cut
from tracker.compare.text.guard import SHORT, guard
from tracker.compare.text.word_count import word_count
from tracker.extract import extract
from tracker.extract.model import ExtractionRules
from tracker.words import Flag

#: One sentence of a policy, in scripts without spaces between words; {} is a number.
SENTENCES = {
    "zh": "我们收集您的电子邮件地址，并与第{}个合作伙伴共享用于广告目的，除非您选择退出。我们不会出售您的个人数据。",
    "ja": "当社はお客様のメールアドレスを収集し、第{}のパートナーと共有します。お客様のデータを販売しません。",
    "th": "เรารวบรวมที่อยู่อีเมลของคุณและแบ่งปันกับพันธมิตรรายที่{}เพื่อการโฆษณา และเราจะไม่ขายข้อมูลส่วนบุคคลของคุณ",
}


def page(language: str, sentences: int = 30) -> bytes:
    text = "".join(f"<p>{SENTENCES[language].format(number)}</p>" for number in range(sentences))
    return f"<html lang={language}><body><div>Menu</div><main>{text}</main></body></html>".encode()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("We do not sell it.", 5),
        ("Wir verkaufen keine Größen.", 4),
        ("我们不会出售您的个人数据。", 7),
        ("東京", 2),
        ("개인정보를 판매하지 않습니다.", 3),
    ],
)
def test_what_no_space_sets_apart_counts_by_its_letters(text: str, words: int) -> None:
    assert word_count(text) == words


@pytest.mark.parametrize("language", SENTENCES)
def test_a_policy_without_spaces_is_long_enough(language: str) -> None:
    """It is read by default, from its main region, and is no short page to be taken for a log-in."""
    extracted = extract(page(language), "text/html", ExtractionRules())
    document = cut(extracted.blocks)
    assert extracted.region == "main"
    assert document.words == extracted.words > SHORT
    assert guard(document) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("我们不会出售您的个人数据。", "我们会出售您的个人数据。"),
        ("お客様のデータを販売することはありません。", "お客様のデータを販売することがあります。"),
        ("", "我们会出售您的个人数据。"),
    ],
)
def test_a_sentence_without_spaces_is_more_than_a_few_words(before: str, after: str) -> None:
    """In a text that is read otherwise it is for a person, and none is told that nothing was stated."""
    english = "We collect your email address to send you the news that you asked for.\n\nWe keep it for a year.\n\n"
    verdict = compare(english + before, english + after)
    assert verdict.alert
    assert Flag.REVIEW in verdict.flags


def test_a_name_in_another_script_is_still_a_few_words() -> None:
    """A name beside its English form states nothing."""
    english = "We collect your email address to send you the news that you asked for.\n\nWe keep it for a year.\n\n"
    assert not compare(english + "株式会社", english + "有限会社").alert
