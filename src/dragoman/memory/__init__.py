"""The retrieval memory: documents in, passages out."""
