//! Generated sources for the property tests of this room.

use proptest::prelude::*;

/// Text that is nearly Python, and text that is not at all.
pub fn python_like() -> impl Strategy<Value = String> {
    let words = [
        "def f(x):",
        "\n",
        "\n    ",
        "\n        ",
        "class A:",
        "class TestA(TestCase):",
        "def test_x(self):",
        "'''",
        "\"",
        "f'{x!r:>{w}}'",
        "(",
        ")",
        "{",
        "}",
        "# ä",
        "# pragma: no cover",
        "\r",
        "\r\n",
        "\\\n",
        "\t",
        "if x:",
        "else:",
        "try:",
        "finally:",
        "match x:",
        "case _:",
        "@d",
        "lambda: 0",
        "😀",
        "\u{feff}",
        "\0",
        "return",
        "x = 1",
        "\u{c}",
        "...",
        " ",
        "async ",
        "[1, 2]",
        "import a.b",
        "from . import c",
    ];
    let word = proptest::sample::select(words.to_vec());
    prop_oneof![
        3 => proptest::collection::vec(word, 0..40).prop_map(|words| words.concat()),
        1 => any::<String>(),
    ]
}
