"""What comes back: bounces, complaints, automatic answers, and the people who write."""
