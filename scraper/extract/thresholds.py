"""Name the numbers that decide: one frozen struct per decision, so that each has one place and one meaning."""

from __future__ import annotations

from scraper.codec import Struct


class BodyThresholds(Struct, frozen=True, kw_only=True):
    """What makes blocks of a page its body (shares are of characters or of prose)."""

    poor: float = 250.0  # prose: with less than this, look also where articles seldom stand
    min_prose: float = 15.0  # of a block that may begin or end the text
    long_caption: int = 400  # characters: a longer text beside a picture is text
    max_chars: int = 500_000
    of_run: float = 0.6  # a choice that keeps less of the estimate is doubted
    above_run: float = 0.2
    few_lines: int = 5
    half: float = 0.5
    contained: float = 0.7
    scrap: float = 0.25
    large_part: float = 0.4
    tiny_part: float = 0.15
    part_of_named: float = 0.7  # of a text that stands in an element that is called the text
    min_chars: int = 200
    many_breaks: int = 6  # blocks between two parts
    linked: float = 0.8
    label: int = 60
    sentence: int = 11
    lines_above: int = 6
    lead_blocks: int = 30
    min_lead: int = 25
    max_lead: int = 1_200
    lead_breaks: int = 4
    lead_prose: float = 25.0
    sure_lead: float = 80.0
    near_title: int = 4  # blocks
    levels: int = 6
    box_blocks: int = 25
    stamp: int = 80
    long_stamp: int = 120
    stamp_digits: int = 5


BODY = BodyThresholds()


class PageTypeThresholds(Struct, frozen=True, kw_only=True):
    """How little text a page must have before a sign can make it something else than an article (characters)."""

    bare: int = 400
    bare_if_marked: int = 150  # of a page that calls itself an article
    short: int = 1_500
    long_heading: int = 120
    rest_of_sign: int = 8  # letters beside the sign in a heading that says nothing else
    first_blocks: int = 40
    max_consent: int = 6_000
    consent_words: int = 2
    consent_chars: int = 250  # one word of the trade in so many characters
    stem: int = 5
    listed: int = 5  # linked headings: what a page without an article, but with so many, is made for
    gallery_images: int = 8
    video: int = 800


PAGE_TYPE = PageTypeThresholds()


class RelatedThresholds(Struct, frozen=True, kw_only=True):
    """What makes links of a page headlines of other articles."""

    max_headlines: int = 200
    max_elsewhere: int = 40  # of what stands beside the article
    linked: float = 0.5  # of a block's characters: less is text with links
    list: int = 3  # headlines that make a list
    long_list: int = (
        4  # as many titles of long_title characters each, on the average, need no telling address
    )
    long_title: int = 40
    boxed_title: int = 25  # and in a box between paragraphs that has a heading
    few_words: int = 5  # of a title: as short are names of sections and topics
    heading_words: int = 7
    key_words: float = 3.5  # words of a topic's name, on the average
    key_words_chars: int = 30
    firm_rank: int = 3  # of what looks like a headline by itself
    own_title_chars: int = 20
    own_title_extra: int = 25
    button: int = 3  # targets of one and the same line: no headline has as many
    line_blocks: int = 2  # a headline with a date
    line_chars: int = 40  # a date, a section's name
    levels: int = 5  # of elements around a link
    label_blocks: int = 3  # lines among which a list has its heading
    label_chars: int = 80


RELATED = RelatedThresholds()


class LinkThresholds(Struct, frozen=True, kw_only=True):
    """What makes a link look like a headline by itself."""

    min_title: int = 4  # characters
    short_title: int = 10  # of two words
    three_words: int = 18  # characters of three words that look like a headline
    long_word: int = 5  # characters: one word in a heading may be a headline
    sentence: int = 100  # characters: a sentence that is longer is a teaser
    max_title: int = 300
    long_words: int = 5  # as many need no slug in the address so much
    heading_words: int = 4  # and in a heading
    weak_address: int = 2  # what is taken from the rank of a link without a telling address
    weak_short_address: int = 5
    linked: float = 0.5  # of a block's characters
    signs: int = 4  # characters around a link that has a line to itself
    item_breaks: int = 2  # spaces of a title in an item of a list
    title_breaks: int = 3  # and elsewhere
    stamp_chars: int = 30
    announcement_chars: int = 40
    kicker_words: int = 3
    kicker_chars: int = 30


LINKS = LinkThresholds()


class RunThresholds(Struct, frozen=True, kw_only=True):
    """What weighs against a run of prose (characters of prose), and which run is the text."""

    share_of_heaviest: float = 0.2
    share_of_page: float = 0.4  # what holds more of the page's prose does not lie apart
    min_prose: float = 100.0
    max_loss: float = 300.0
    linked: float = 0.5  # of a block's characters
    link: float = 40.0
    label: float = 8.0


RUN = RunThresholds()


class ConfidenceThresholds(Struct, frozen=True, kw_only=True):
    """What makes a body doubtful (characters where nothing else is said)."""

    generic: float = 0.85
    ruled: float = 0.9
    confirmed: float = 0.1  # for a body that the page's own metadata repeats
    evidence_chars: int = 300  # a shorter articleBody proves nothing
    probe_chars: int = 40
    of_evidence: float = 0.3  # printed less than this, the text is left to a script
    of_summary: float = 0.6
    long_content: int = 1_500
    of_content: float = 0.2
    of_estimate: float = 0.6
    far_blocks: int = 25  # between the headline and the text
    blocks_below: int = 12  # below the text, in which a page may say that it goes on
    page_of_chars: int = 40
    of_paid: int = 1_000  # of an article that is sold: its beginning
    many_lines: int = 40
    short_line: int = 65
    tiny: int = 200
    brief: int = 500
    few_paragraphs: int = 3
    few_chars: int = 1_000
    of_page: float = 0.5


CONFIDENCE = ConfidenceThresholds()
