"""Whole collections and single files brought in as history."""
