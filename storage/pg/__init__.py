"""The PostgreSQL store, part by part; ``storage.postgres`` is its entry. Nobody else imports from here."""
