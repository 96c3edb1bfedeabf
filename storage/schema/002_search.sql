-- Full text search. The index holds no text of its own: row n is article n, folded as scraper.text.fold does. `facets` holds
-- what searches are narrowed by, as words, so that a rare outlet and a common word meet in the index; `links` the ids of the
-- articles at the addresses of the related headlines: who points to whom.
CREATE VIRTUAL TABLE search USING fts5 (
    title, body, related, facets, links,
    content = '', tokenize = 'unicode61 remove_diacritics 2'
);
