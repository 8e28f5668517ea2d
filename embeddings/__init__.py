"""Vectors: the bi-encoder, the FAISS store and the indexing job."""
