"""Tell query parameters that say how a reader came from those that choose what is read. Pure.

A name alone is proof only where nobody would choose it for content (``fbclid``). Names that some sites give their articles
(``ref=5001``, ``print=17``) are tracking only with a value that tracking gives them: a word, a flag, a long token.
"""

from __future__ import annotations

import re

# With any value.
_NAMES = frozenset(
    """
    fbclid gclid gclsrc dclid wbraid gbraid gad_source gad_campaignid srsltid yclid ysclid ymclid msclkid twclid ttclid li_fat_id sccid irclickid
    igshid igsh mibextid _openstat openstat _ga _gl _gac _hsenc _hsmi __hssc __hstc __hsfp hsctatracking mkt_tok
    mc_cid mc_eid vero_id vero_conv oly_anon_id oly_enc_id wickedid s_cid s_kwcid ncid cmpid ocid cid_source
    guccounter guce_referrer guce_referrer_sig fb_ref fb_source fb_action_ids fb_action_types action_object_map
    action_type_map action_ref_map __twitter_impression ref_src ref_url ref_source shareadtoken sharefrom
    traffic_source feature_src trkcampaign tracking_id wt_mc wt.mc_id wt_zmc nocache no_cache cachebuster cache_bust
    phpsessid jsessionid aspsessionid cfid cftoken amp_js_v amp_gsa usqp replytocom
    """.split()  # noqa: SIM905
)
_PREFIXES = ("utm_", "utm-", "hsa_", "_branch_", "oly_", "matomo_", "mtm_", "piwik_")
# int_source and itm_medium are tracking, int_id and at_id are an article.
_CAMPAIGN = re.compile(
    r"(?:at|int|itm|ga|stm|pk|ns|hmb)_(?:source|medium|campaign|content|term|keyword|kwd|placement|platform|place|channel|"
    r"mchannel|linkname|fee|creation|variant|network|format|custom\d*|bbc_team|ptr_name|link_\w+|campaign_\w+|send_date|"
    r"\w+_placement|recipient_\w+|emailtype)"
)
# Where a link stood: "home", "top-stories", "t.co", "widget_2"; more words than that are an article's slug.
_WORD = r"https?:/.*|[@a-z][a-z.@:/~]*(?:[_-][a-z.]+){0,2}[_-]?\d{0,2}"
_FLAG = r"0|1|y|n|yes|no|on|off|true|false"
_LONG = r"(?=[\w.:%|~-]*[a-z])[\w.:%|~-]+|\d{8,}|"
_NETWORKS = r"rss|feeds?|telegram|tg|t\.me|twitter|x|facebook|fb|vk|ok|whatsapp|viber|linkedin|instagram|email|e-mail|mail|copy|push|widget|share|social"
_FORMS = {
    rf"(?:{_WORD}|)": "ref ref_ referer referrer smid smtyp sr_share trk",
    rf"(?:{_LONG})": "refid campaign_id campaignid adgroupid spm scm epik icid xtor cmp ito trackid s_src rssid feed_id",
    rf"(?:{_FLAG}|{_NETWORKS}|)": "share shared sharesource rss from_rss feedname via_rss source src",
    rf"(?:{_FLAG}|print|pdf|)": "print printable isprint print_version",
    rf"(?:{_FLAG}|amp|)": "amp",
    r"(?:amp|html|)": "outputtype",
    rf"(?:youtu\.be|related|oembed|emb_\w+|player_\w+|youtube\w*|{_NETWORKS}|)": "feature",
    r"(?:[\w,-]{16,}|)": "sessionid session_id",
    r"\d{3,5}\.[\w.%~-]+": "etext",
    rf"(?:main|mainpage|home|{_NETWORKS})": "from",
    r"(?=[\w@.]*[a-z])[\w@.]{1,20}|": "via",
    r"[01]?": "m",
    r"(?:0|1|true|false|yes|no|)": "mobile",
    r"(?:mobile|amp|print)": "view",
    r"(?:print|amp|mobile)": "format",
    r"amp": "type",
    r"(?:amp|mobile)": "theme",
    r"\d*": "_",
}
_VALUES = {name: re.compile(form) for form, names in _FORMS.items() for name in names.split()}


def is_tracking(name: str, value: str) -> bool:
    """Return whether a query parameter, in lower case, says only how the reader came."""
    if name in _NAMES or name.startswith(_PREFIXES):
        return True
    form = _VALUES.get(name)
    return form.fullmatch(value) is not None if form is not None else _CAMPAIGN.fullmatch(name) is not None
