"""Where one installation keeps what it has: its settings, data folder, keys, database and models."""
