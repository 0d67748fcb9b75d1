"""Estimates of transport distances that are not the distance itself; each says its bias."""
