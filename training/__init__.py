"""How the shipped models were made and measured; nothing in service/ or workers/ imports this package."""
