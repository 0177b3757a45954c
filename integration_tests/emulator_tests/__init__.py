"""Tests of the emulator itself, written from the facts of the API."""
