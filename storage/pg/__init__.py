"""The PostgreSQL store, part by part; ``storage.postgres_store`` is its entry. Nobody else imports from here."""
