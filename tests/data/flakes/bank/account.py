"""Accounts, with a fee that is the same for all of them."""


class Account:
    fee = 3

    def __init__(self, owner):
        self.owner = owner
        self.balance = 0

    def deposit(self, amount):
        self.balance += amount

    def close(self):
        return self.balance - self.fee


def waive_fees():
    Account.fee = 0


class Till:
    """Every till of the bank is shut until somebody opens one."""

    __open__ = False

    @classmethod
    def open(cls):
        cls.__open__ = True

    @classmethod
    def is_open(cls):
        return cls.__open__
