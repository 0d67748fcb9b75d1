"""What a table of results says of claims and controls: verdicts, by claim and by theorem."""
