"""What print needs beyond the mail: words set for paper, pictures at its resolution, and the press."""
