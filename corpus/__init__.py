"""Text: articles, sentences, passages and the library that holds them."""
