"""report.html: a page that is a pure function of report.json; works without a network."""
