"""Find the articles that tell of one event, in whatever language: what is compared, how, and how groups come of it. Pure but for the encoder."""
