"""The web page: plain files that a browser reads as they are."""
