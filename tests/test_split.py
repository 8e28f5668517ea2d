"""Sentence splitting: golden cases of news prose, and what holds for any text: lossless, bounded, linear time."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpus.split import MAX_CHARACTERS, cut, split
from corpus.types import Span

# One case a line; ¦ stands where a sentence ends and is not part of the text.
GOLDEN = """
The ferry sank at dawn. ¦ All forty passengers were saved.
Is the bridge safe? ¦ Nobody at the ministry would say! ¦ Engineers left at noon.
The talks resume at 5 p.m. Monday. ¦ Nobody expects a deal.
The vote was called at 11 a.m. EST and ended at 2:30 p.m. Tuesday, officials said.
Polls closed at 8 p.m. ¦ The count began an hour later.
The talks ended at 5 p.m. ET. ¦ The hall emptied.
The trial began at 9:30 a.m. GMT on Tuesday. ¦ It ended at noon.
The flight landed at 4 a.m. (0300 GMT) in fog. ¦ No one was hurt.
The storm hit at about 3 a.m. local time. ¦ Power failed.
The U.N. said aid had arrived. ¦ Trucks waited at the border.
The U.N. Security Council met. ¦ U.N. Secretary-General Ann Poe spoke.
U.S. officials met E.U. diplomats in Washington, D.C., on Friday. ¦ They agreed on little.
She has lived in the U.S. since 1998. ¦ Her brother has not.
The army left the U.S. ¦ It had stayed four years.
The case went before U.S. District Judge Amy Roe. ¦ She ruled on Friday.
He works for the E.U. ¦ How about you?
They flew to Washington, D.C. ¦ The talks had begun.
It happened on Sept. 11, 2001, in the U.S. capital. ¦ The city slept.
The law takes effect on Jan. 5. ¦ Fines start in Feb. 2026.
They met in Sept. ¦ The talks failed.
J. K. Harlow sold her house. ¦ J.R.R. Toller bought it.
Mayor John F. Kessler and his rival, Anna M. Ruiz, both spoke. ¦ Neither smiled.
George W. Hale left office in May.
Sen. Ruth Doe voted no. ¦ Gov. Roe signed the bill. ¦ Rep. Poe abstained.
Gen. Mark Stone and Lt. Col. Amy Fry commanded the unit. ¦ Sgt. Bell did not.
Lt. Gov. Amy Poe and Atty. Gen. Bo Roe sued. ¦ They won.
Dr. A. B. Jones met Mr. Brown and Mrs. Green. ¦ They talked.
Dr. He Jian said the trial would end. ¦ Others disagreed.
The Rev. Paul Lake Jr. and his father, Paul Lake Sr., led the march.
The award went to Michael Dorn Jr. ¦ He wept.
No. 10 declined to comment. ¦ So did No. 11.
She finished as No. 1 seed. ¦ He was No. 7.
The answer was No. ¦ He left.
Asked if he would resign, he said no. ¦ Reporters asked again.
Art. 50 was invoked in March. ¦ Sec. 230 survives.
The firm, Acme Inc., fell 3.5 percent. ¦ Its rival rose.
Acme Inc. said it would cut jobs. ¦ Bolt Corp. denied the report.
Shares of Bolt Co. rose, while Nut Ltd. fell. ¦ Traders shrugged.
He sold his stake in Acme Inc. ¦ The buyer was not named.
Acme Inc. Chief Executive Ann Poe resigned. ¦ Bolt Corp. President Al Roe stayed.
Profit fell to $3.2 billion from $4.15 billion. ¦ Sales rose 0.5%.
The rate was 4.25 percent. ¦ It had been 4.5.
The party won 45.5 per cent; its rival, 41. ¦ Turnout was low.
About 1.5 million people fled. ¦ 300,000 have come back.
Prices rose in March. ¦ 2024 was worse.
"We will stay," he said. ¦ "We will not leave."
"It is over. ¦ We won," she said.
"It is over. ¦ We won." ¦ The crowd cheered.
“The river rose fast. ¦ We ran. ¦ Then the wall broke.” ¦ He lost his home.
She said: “We will stay.” ¦ He did not.
He called the plan "a disgrace." ¦ She disagreed.
He called the plan "a disgrace". ¦ She disagreed.
"Why?" she asked. ¦ Nobody answered.
"Why?" Smith asked. ¦ Nobody answered.
“Stop!” he cried. ¦ They stopped.
“Who gave the order?” said Maria Lund, whose son was on board. ¦ No one has told her.
"Resign!" chanted the crowd. ¦ "Go home!"
The banner read "Enough!" and hung there for weeks. ¦ Police took it down.
"I am not a crook!" ¦ President Doe left the stage.
'We are tired,' the nurse said. ¦ 'We are leaving.'
‘We lost everything,’ he said. ¦ ‘The sea took it.’
"He told me, 'Run.' ¦ I ran," she said.
"Nobody told us anything," said Lund. ¦ "They said, 'Wait.'" ¦ She waited.
"We know who did it," Lt. Roe said. ¦ "We will find him."
"Is he alive?" ¦ "Yes."
Was it "a mistake"? ¦ He would not say.
«Nous restons.» ¦ He left.
The workers' union met. ¦ The teachers' did not.
It was the '90s. ¦ Rents were low.
"I don't know ... maybe later," he said. ¦ He left.
He waited… and waited. ¦ Nobody came.
"I thought..." ¦ She did not finish.
LONDON (AP) — The government fell on Monday. ¦ Elections follow.
LONDON (Reuters) - Shares fell on Friday. ¦ Oil rose.
ST. LOUIS, Mo. (AP) — A storm killed two people. ¦ It moved east.
WASHINGTON, D.C. — The court ruled 5-4. ¦ It gave no reason.
PARIS, Sept. 3 — France closed its border. ¦ Spain did not.
By Ann Lee and J. P. Moore in Geneva
1. Boil water. ¦ 2. Add tea. ¦ 3. Wait.
Prices rose (by 4%). ¦ Wages did not.
The mayor stayed home. ¦ (She was ill.) ¦ Her deputy spoke.
He paid a fine (about $50.) and left.
The dam held — just. ¦ Engineers were relieved.
"It was — how shall I say? — a surprise," he said. ¦ He laughed.
See www.example.org/a.b?c=d for the report. ¦ It is short.
The data are at https://example.org/2024/no.5.html. ¦ They are free.
Write to desk@example.co.uk. ¦ We reply within a day.
The case, Roe v. Poe, was decided in 1973. ¦ It was overturned later.
The study, by Roe et al., was small. ¦ It was by Poe et al. ¦ The sample was larger.
He studied law, history, etc. before the war. ¦ Then he fled.
She holds a Ph.D. in physics. ¦ He has an M.B.A. from Oslo.
Yahoo! said it would close the site. ¦ Users complained.
The firm's iPhone app failed. ¦ eBay's did not.
Mt. Kaler erupted near Ft. Wane on Friday. ¦ Ash fell.
Fire broke out on Main St. ¦ The shop burned.
The chapel on St. Mary Street closed. ¦ Nobody objected.
Two members, Rep. A. Poe (D-Ohio) and Sen. B. Roe (R-Tex.), were absent. ¦ The rest voted.
A doctor in Tampa, Fla., disagreed. ¦ So did one in Mobile, Ala.
He scored vs. Spain. ¦ He missed vs. Italy.
The bill, H.R. 815, passed. ¦ S. 22 did not.
The war ended.¦The refugees came home.
The dogs are not toys. ¦ they need care.
The plan has two parts: a) to stay and wait. b) to pay. ¦ Neither is popular.
Q: Did you know? ¦ A: No.
""".strip().splitlines()


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case[:30])
def test_golden(case: str) -> None:
    wanted = [part.strip() for part in case.split("¦")]
    text = case.replace("¦ ", "").replace("¦", "")
    assert [span.of(text) for span in split(text)] == wanted


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("de", ["Am 3. Oktober wird gefeiert.", "„Wir bleiben. ", "Wir gehen nicht“, sagte Dr. Maas."]),
        ("fr", ["Le maire est parti.", "« Qui reste ? » a-t-elle demandé."]),
        ("es", ["¿Quién sabe?", "Nadie.", "El Sr. Ruiz no vino."]),
        ("zh", ["我们留下。", "他们走了！"]),
        ("hi", ["पुल बंद है।", "लोग चले गए।"]),
        ("ar", ["هل الجسر آمن؟", "لا أحد يعرف."]),
        ("en-GB", ["Mr. Poe left.", "He was 40."]),
        ("no-such-language", ["She left.", "He stayed."]),
    ],
)
def test_other_languages(language: str, sentences: list[str]) -> None:
    parts = [part.strip() for part in sentences]
    text = ("" if language == "zh" else " ").join(parts)
    assert [span.of(text) for span in split(text, language)] == parts


_NEWSY = st.lists(st.sampled_from(
    ["Mr.", "U.S.", "p.m.", "5", "No.", '"', "”", "“", "'", "’", "(", ")", "[", "]", ".", "?", "!", "…", "...", " ", "\n",
     "—", "said", "She", "J.", "The", "1.", "a)", "•", "漢", "。", "😀", "\ud800", "\u0301", "x" * 600, ":)", ",", "https://a.b/c."]
), max_size=60).map("".join)  # fmt: skip


def assert_lossless(text: str, spans: list[Span]) -> None:
    position = 0
    for span in spans:
        assert position <= span.start < span.end
        assert not text[position : span.start].strip()
        assert span.of(text) == span.of(text).strip()
        assert span.end - span.start <= MAX_CHARACTERS
        position = span.end
    assert not text[position:].strip()


@given(
    st.text(max_size=400) | st.text(alphabet=st.characters(), max_size=100) | _NEWSY,
    st.sampled_from(["en", "de", "zh"]),
)
@example("\ud800. A", "en")
@example(" " * 30_000 + "One. " + " " * 30_000 + "Two.", "en")
def test_lossless(text: str, language: str) -> None:
    assert_lossless(text, split(text, language))


@given(_NEWSY, st.integers(min_value=1, max_value=50))
def test_cut_is_lossless_and_keeps_to_its_limit(text: str, limit: int) -> None:
    pieces = cut(text, Span(0, len(text)), limit)
    assert all(0 < piece.end - piece.start <= limit for piece in pieces)
    assert "".join("".join(piece.of(text).split()) for piece in pieces) == "".join(text.split())


HOSTILE = [".", ". ", "x", '"', "'", "“", "(", "\n", " ", "a. ", "U.S. ", "J. ", "Mr. ", "1. ", "? ", "5 p.m. ", '"Why?" Roe ',
           "It fell. ", "。", "😀", "http://a.b/", "said.The ", "said. the ", "--", "].", "a'"]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_text_is_split_in_linear_time(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    began = time.process_time()
    spans = split(text)
    assert time.process_time() - began < 10  # seconds: a tenth of one here; quadratic time would be minutes
    assert_lossless(text, spans)


def test_long_paragraphs_split_as_short_ones_do() -> None:
    sentence = 'Sen. J. K. Doe left at 5 p.m. Monday, "for good," she said.'
    text = " ".join([sentence] * 2_000)
    assert [span.of(text) for span in split(text)] == [sentence] * 2_000


def test_over_long_sentences_are_cut_at_clauses() -> None:
    text = ("one, two, three four; " * 100).strip()
    pieces = [span.of(text) for span in split(text)]
    assert len(pieces) == 3
    assert all(piece[-1] in ",;r" for piece in pieces)
