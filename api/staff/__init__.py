"""The staff queue: cases from intake to disposition, for people at the page and for machines under `/v1/cases`."""
