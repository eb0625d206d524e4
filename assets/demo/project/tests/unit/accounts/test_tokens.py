"""Session tokens."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from shop.accounts.utils import TokenError, issue_token, read_token


@pytest.fixture
def token():
    return issue_token(7, "secret", lifetime=60, clock=Mock(return_value=1000.0))


def test_token_says_who_is_signed_in(token):
    assert read_token(token, "secret", clock=Mock(return_value=1059.0)) == 7


def test_expired_token_is_refused(token):
    with pytest.raises(TokenError, match="expired"):
        read_token(token, "secret", clock=Mock(return_value=1060.0))


def test_token_of_another_secret_is_refused(token):
    with pytest.raises(TokenError, match="signature"):
        read_token(token, "other", clock=Mock(return_value=1000.0))
