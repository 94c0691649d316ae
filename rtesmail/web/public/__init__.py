"""The doors to the outside: what readers and providers reach over the web."""
