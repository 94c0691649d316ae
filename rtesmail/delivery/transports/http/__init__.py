"""What all ways out over a provider's HTTP API share: calls, batches, verdicts."""
