"""Saved pages of any site: the story is found among menus, teasers and comments; a plain text is left whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from corpus.clean import parse_saved_text
from corpus.story_text import find_story

MENU = "News\nSport\nWeather\nShop\nJobs\nBusiness\nCulture\nTravel\nOpinion\nPodcasts\nRegister\nMy account\nHelp\n"
STORY = [
    "The old bridge over the Tarn reopened on Wednesday after two years of repairs, the city council announced.",
    "Engineers replaced forty steel cables and laid a new deck of larch wood along the whole of its length.",
    "A second bridge",
    "The mayor, Paula Quist, said a second bridge upstream would be finished before the end of next year.",
    "It will carry trams and bicycles only, and it is to cost 41 million euros, a third more than was planned.",
]
TEASERS = "Most read\nStorm closes the northern ferry line\nFive parks to visit in May\nCity budget: what we know\n"
COMMENTS = (
    "3 comments\nGreat news for all of us who have to cross the river every single day of the week.\nReply\nReport\n"
)


def page() -> str:
    head = f"{MENU}\nStorm closes the northern ferry line\nFive parks to visit in May\n\n"
    title = "Old bridge over the Tarn reopens\n\nBy Ann Lee\n\nMay 4, 2022 10:15\nShare\nTweet\nPrint\n\n"
    return head + title + "\n\n".join(STORY) + f"\n\n{TEASERS}\n{COMMENTS}\nContact\nImprint\nPrivacy policy\nJobs\n"


def test_the_story_of_a_saved_page() -> None:
    article = parse_saved_text(page())
    assert [block.text for block in article.blocks] == STORY
    assert [block.kind for block in article.blocks][2] == "heading"
    assert (article.title, article.author) == ("Old bridge over the Tarn reopens", "Ann Lee")
    assert article.published is not None
    assert article.published.date().isoformat() == "2022-05-04"


def test_links_inside_a_story_are_left_out_and_a_subheading_stays() -> None:
    links = ["More stories like this one", "Storm closes the ferry line", "Five parks to visit", "City budget"]
    rest = [
        f"On day {n} of the works, the council said, forty people came to look at the new cables." for n in range(5)
    ]
    story = find_story([*MENU.split(), *STORY, *links, *rest])
    assert story is not None
    assert story.lines == [*STORY, *rest]


def test_a_plain_text_is_left_whole() -> None:
    lines = ["A short list of things", "first", "second", "Then it rained all night in the valley, they said."]
    assert find_story(lines) is None
    assert find_story(STORY) is None
    assert find_story([]) is None


@given(st.lists(st.sampled_from([*STORY, *MENU.split(), *TEASERS.split("\n"), "Yes.", "漢字" * 20]), max_size=60))
def test_the_story_is_lines_of_the_text_in_order(lines: list[str]) -> None:
    story = find_story(lines)
    if story is not None:
        rest = iter(lines)
        assert all(line in rest for line in story.lines)
        assert story.title is None or story.title in lines
