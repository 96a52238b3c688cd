"""Simulated outside services: standard library only, on 127.0.0.1 only."""
