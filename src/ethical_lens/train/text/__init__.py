"""Training of the text model: the corpus and its grammar, the rows, the network."""
