-- The search index gathers a whole transaction in memory and merges its segments later: merging was most of its cost.
INSERT INTO search (search, rank) VALUES ('hashsize', 8388608);
INSERT INTO search (search, rank) VALUES ('automerge', 8);
