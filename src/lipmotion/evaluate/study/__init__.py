"""A study with viewers: pairs of films beside the person's, on one page without a server."""
