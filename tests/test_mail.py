"""Mails, mail boxes and web archives. The samples are written for these tests."""

from __future__ import annotations

import io
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import mail
from corpus.errors import LoadError
from corpus.mail import messages, parse_mail, sender
from corpus.mhtml import parse_mhtml

PARAGRAPHS = [
    "The harbor council of Talmere voted on Tuesday to keep the night ferry for another two years.",
    "Nine of fourteen members backed the plan, which will cost the town about 3.2 million crowns a year.",
    "The operator said it would buy a second electric vessel before the winter timetable begins in October.",
    "Opponents had asked for a bus across the new bridge instead, which they said would be cheaper to run.",
]
PAGE = f"""<html lang="en"><head><title>Night ferry stays</title></head><body>
<div style="display: none">A preview that nobody sees</div><article><h1>Night ferry stays</h1>
{"".join(f"<p>{text}</p>" for text in PARAGRAPHS)}</article>
<p>You are receiving this email because you signed up at our site.</p>
<p><a href="#">Unsubscribe</a> | <a href="#">Manage your preferences</a></p>
<p>The Harbor Times, 12 Quay Street, Talmere, TM 12345</p></body></html>"""


def _mail(subject: str = "Night ferry stays", sender: str = "Harbor Briefing <b@harbor.example>") -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["Date"] = subject, sender, "Wed, 04 May 2022 06:30:00 +0200"
    return message


def test_newsletter_html_before_text() -> None:
    message = _mail()
    message.set_content("See the web version.")
    message.add_alternative(PAGE, subtype="html")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="a.png")
    article = parse_mail(message.as_bytes(), source_file="b.eml")
    assert (article.title, article.publisher, article.author) == ("Night ferry stays", "Harbor Briefing", None)
    assert article.published is not None
    assert article.published.isoformat() == "2022-05-04T06:30:00+02:00"
    assert [block.text for block in article.blocks] == PARAGRAPHS
    assert mail.mail_parts(message).attachments == 1


def test_plain_text_without_quotes_and_signature() -> None:
    message = _mail("Fwd: [News] Night ferry stays", '"Jane Roe via The Harbor Times" <jane@harbor.example>')
    body = "\n\n".join(PARAGRAPHS) + "\n\n> An older mail.\n\nOn Mon, 2 May 2022, A. B. wrote:\n> More of it\n"
    message.set_content(body)
    article = parse_mail(message.as_bytes())
    assert (article.title, article.author, article.publisher) == ("Night ferry stays", "Jane Roe", "The Harbor Times")
    assert PARAGRAPHS[3] in [block.text for block in article.blocks]
    assert not any("older" in block.text or "More of it" in block.text for block in article.blocks)


def test_a_forwarded_story_is_the_story() -> None:
    head = "---------- Forwarded message ---------\nFrom: Harbor Briefing <b@harbor.example>\nSubject: Ferry\n\n"
    message = _mail()
    message.set_content("For your files.\n\n" + head + "\n\n".join(PARAGRAPHS))
    texts = [block.text for block in parse_mail(message.as_bytes()).blocks]
    assert texts == ["For your files.", *PARAGRAPHS]
    message = _mail()
    quoted = (
        '<div class="gmail_quote">' + head.replace("\n", "<br>") + "".join(f"<p>{p}</p>" for p in PARAGRAPHS) + "</div>"
    )
    message.set_content(f"<html><body><div>For your files.</div>{quoted}</body></html>", subtype="html")
    texts = [block.text for block in parse_mail(message.as_bytes()).blocks]
    assert texts[-4:] == PARAGRAPHS


def test_charset_declared_and_wrong() -> None:
    body = "\n\n".join([*PARAGRAPHS, "Der Fährverkehr über die Orla läuft weiter, sagte Bürgermeister Jörg Möller."])
    head = "Subject: =?iso-8859-1?q?F=E4hre?=\r\nFrom: a@b.example\r\nContent-Type: text/plain; charset={}\r\n\r\n"
    for declared, actual in (("iso-8859-1", "iso-8859-1"), ("utf-8", "cp1252"), ("nonsense-8", "utf-8")):
        article = parse_mail(head.format(declared).encode() + body.encode(actual))
        assert article.title == "Fähre"
        assert "Jörg Möller" in article.blocks[-1].text
        assert article.publisher == "b.example"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('"Jane Roe from The Harbor Times" <a@b.example>', ("Jane Roe", "The Harbor Times")),
        ("Jane Roe | Harbor Weekly <a@b.example>", ("Jane Roe", "Harbor Weekly")),
        ("News from Talmere <a@b.example>", (None, "News from Talmere")),
        ("<a@b.example>", (None, "b.example")),
        ("", (None, None)),
    ],
)
def test_sender(header: str, expected: tuple[str | None, str | None]) -> None:
    assert sender(header) == expected


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"just a line of text\nand another", "no headers"),
        (b"Subject: Hi\nFrom: a@b.example\n\n", "without text"),
        (b"Subject: Hi\nFrom: a@b.example\nContent-Type: image/png\n\n\x89PNG", "1 attachments"),
        (b"Subject: Hi\nFrom: a@b.example\n\n> only what was quoted\n", "no article text"),
    ],
)
def test_mails_without_a_story(data: bytes, reason: str) -> None:
    with pytest.raises(LoadError, match=reason):
        parse_mail(data)


def test_footer_lines_go_and_stories_stay() -> None:
    stays = "Readers may unsubscribe in droves, the union of postal workers warned on Monday after the price rise."
    article = parse_mail(b"Subject: Post\nFrom: P <p@p.example>\n\n" + "\n\n".join([*PARAGRAPHS, stays]).encode())
    assert article.blocks[-1].text == stays


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"From: a@b\n", b"Content-Type: multipart/mixed; boundary=x\n\n--x\n"]),
)
def test_any_bytes_give_an_article_or_a_load_error(data: bytes, head: bytes) -> None:
    for parse in (parse_mail, parse_mhtml):
        try:
            parse(head + data)
        except LoadError:
            continue


def test_mbox_is_read_one_by_one() -> None:
    box = (
        b"From a@b.example Wed May  4 06:30:00 2022\nSubject: One\n\nA line.\n>From here on it rained.\nFrom the sea.\n\n"
        b"From b@b.example Wed May  4 07:30:00 2022\nSubject: Two\n\nB line.\n"
    )
    first, second = messages(io.BytesIO(box))
    assert first == b"Subject: One\n\nA line.\nFrom here on it rained.\nFrom the sea.\n\n"
    assert second == b"Subject: Two\n\nB line.\n"
    assert list(messages(io.BytesIO(b""))) == []


def test_mbox_cuts_what_is_too_large() -> None:
    box = b"From a\nSubject: One\n\n" + b"A line of text.\n" * 9 + b"\nFrom b\nSubject: Two\n\nB.\n"
    first, second = messages(io.BytesIO(box), max_bytes=40)
    assert first.startswith(b"Subject: One\n\nA line")
    assert len(first) <= 40
    assert second == b"Subject: Two\n\nB.\n"


def _archive(page: bytes, charset: str, *, start: bool = False) -> bytes:
    related = 'multipart/related; type="text/html"; boundary="B"' + ('; start="<main@x>"' if start else "")
    frame = b"--B\r\nContent-Type: text/html\r\nContent-ID: <frame@x>\r\n\r\n<p>An advertisement in a frame.</p>\r\n"
    return (
        b"From: <Saved by Blink>\r\nSnapshot-Content-Location: https://harbor.example/ferry\r\nSubject: Night ferry\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: " + related.encode() + b"\r\n\r\n"
        + (frame if start else b"")
        + b"--B\r\nContent-Type: text/html; charset=" + charset.encode() + b"\r\nContent-ID: <main@x>\r\n"
        b"Content-Location: https://harbor.example/other\r\n\r\n" + page + b"\r\n--B--\r\n"
    )  # fmt: skip


@pytest.mark.parametrize("start", [False, True])
def test_web_archive(start: bool) -> None:
    page = PAGE.replace("Opponents", "Gegner wie Jörg Möller")
    for charset in ("utf-8", "iso-8859-1"):
        article = parse_mhtml(_archive(page.encode(charset), charset, start=start), source_file="f.mhtml")
        assert article.url == "https://harbor.example/ferry"
        assert article.title == "Night ferry stays"
        assert [block.text for block in article.blocks][:3] == PARAGRAPHS[:3]
        assert any("Jörg Möller" in block.text for block in article.blocks)


def test_web_archive_without_a_page() -> None:
    with pytest.raises(LoadError, match="holds no page"):
        parse_mhtml(b"MIME-Version: 1.0\r\nContent-Type: image/png\r\n\r\nabc")
