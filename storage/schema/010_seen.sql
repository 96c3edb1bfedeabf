-- Lists go by one named time: when an article was first seen, or when it was published (`origin`).
ALTER TABLE article ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
UPDATE article SET seen = coalesce((SELECT fetched FROM line WHERE line.article = article.n AND revision = 1), origin);
CREATE INDEX article_origin ON article (origin);
