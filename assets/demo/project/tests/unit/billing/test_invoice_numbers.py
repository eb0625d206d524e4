"""Invoice numbers and references in bank transfers."""

from __future__ import annotations

import unittest

from shop.billing.utils import find_reference, invoice_number, is_invoice_number


class InvoiceNumberTest(unittest.TestCase):
    def test_number_has_year_sequence_and_check_digit(self):
        self.assertEqual(invoice_number(2026, 42), "2026-000042-5")

    def test_swapped_digits_are_noticed(self):
        self.assertFalse(is_invoice_number("2062-000042-5"))

    def test_sequence_zero_is_refused(self):
        with self.assertRaisesRegex(ValueError, "out of range"):
            invoice_number(2026, 0)


class FindReferenceTest(unittest.TestCase):
    def test_number_is_found_in_a_sentence(self):
        self.assertEqual(find_reference("Invoice 2026-000042-5, thanks"), "2026-000042-5")

    def test_text_without_a_number_has_no_reference(self):
        self.assertIsNone(find_reference("thanks for the boots"))
