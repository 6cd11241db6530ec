"""The report of a run: counts, differences, the summary and the HTML page."""
