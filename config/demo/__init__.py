"""The demo town: people, businesses and events, every one invented, set in the real London."""
