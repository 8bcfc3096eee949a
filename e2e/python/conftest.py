"""What the tests share: the project, the wheel and the command that Cargo builds."""

from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def project():
    return PROJECT


@pytest.fixture(scope="session")
def wheels():
    """The folder of the wheel, and of what the hook is built with."""
    return PROJECT / "target/e2e-python/wheels"


@pytest.fixture(scope="session")
def native():
    """The command as a program of its own."""
    return PROJECT / "target/debug/rayjob-policy"
