"""Batched networks: the only room that imports torch, and only where a fit asks for it.

`rule` declares the stopping rule and needs no torch; `networks`, `losses`, `optimiser` and `training` do.
"""
