"""Two clerks who write into one book, each in a thread of its own."""

import threading


class Book:
    def __init__(self):
        self.total = 0

    def post(self, amount):
        before = self.total
        self.total = before + amount


def post_all(amounts):
    book = Book()
    clerks = [threading.Thread(target=book.post, args=(amount,)) for amount in amounts]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()
    return book.total
