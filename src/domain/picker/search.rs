//! The best matches of a query among many texts, found in parts.

use crate::base::Clean;
use nucleo::pattern::{CaseMatching, Normalization, Pattern};
use nucleo::{Config, Matcher, Utf32Str};
use std::cmp::Reverse;

/// How many texts are looked at between two reports of what was found.
const LOT: usize = 8_192;

/// One text that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Which text.
    pub index: usize,
    /// Which of its characters (grapheme clusters, counted from 0) were typed; ascending.
    pub positions: Vec<u32>,
}

/// What was found so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The best matches, best first.
    pub best: Vec<Match>,
    /// How many match in all.
    pub matched: usize,
    /// How many were looked at.
    pub seen: usize,
    /// Whether all were looked at.
    pub done: bool,
}

/// A match in the making: greater is better.
type Candidate = (usize, u32, Reverse<usize>, Reverse<usize>);

/// Matches `query` against `texts` and hands the best `limit` matches to `found`, first in parts and at last all of
/// them with `done`. Words of the query match each on its own; capitals matter only when some are typed. It ends
/// early, without a last word, once `cancelled` says so; that is asked about every few thousand texts.
pub fn search(query: &str, texts: &[Clean], limit: usize, cancelled: &dyn Fn() -> bool, found: &mut dyn FnMut(Found)) {
    let query = query.trim();
    if query.is_empty() {
        let best = (0..texts.len().min(limit)).map(|index| Match { index, positions: Vec::new() }).collect();
        found(Found { best, matched: texts.len(), seen: texts.len(), done: true });
        return;
    }
    let pattern = Pattern::parse(query, CaseMatching::Smart, Normalization::Smart);
    let words: Vec<&str> = query.split_whitespace().collect();
    let mut matcher = Matcher::new(Config::DEFAULT.match_paths());
    let mut best: Vec<Candidate> = Vec::new();
    let (mut matched, mut seen, mut chars) = (0, 0, Vec::new());
    for lot in texts.chunks(LOT) {
        if cancelled() {
            return;
        }
        for text in lot {
            if let Some(score) = pattern.score(Utf32Str::new(text, &mut chars), &mut matcher) {
                best.push((whole_words(&words, text), score, Reverse(head(text)), Reverse(seen)));
                matched += 1;
            }
            seen += 1;
        }
        best.sort_unstable_by(|a, b| b.cmp(a));
        best.truncate(limit);
        if seen < texts.len() {
            found(Found { best: spell(&best, texts, &pattern, &mut matcher), matched, seen, done: false });
        }
    }
    found(Found { best: spell(&best, texts, &pattern, &mut matcher), matched, seen, done: true });
}

/// How many of the typed words stand in the text in one piece: such a text was meant, whatever the score says.
fn whole_words(words: &[&str], text: &str) -> usize {
    let holds =
        |word: &&&str| text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()));
    words.iter().filter(holds).count()
}

/// The length of what a text is about: up to two spaces, behind which only a remark follows.
fn head(text: &str) -> usize {
    text.find("  ").unwrap_or(text.len())
}

/// The candidates with the characters that were matched.
fn spell(best: &[Candidate], texts: &[Clean], pattern: &Pattern, matcher: &mut Matcher) -> Vec<Match> {
    let mut chars = Vec::new();
    best.iter()
        .filter_map(|(.., Reverse(index))| {
            let mut positions = Vec::new();
            pattern.indices(Utf32Str::new(texts.get(*index)?, &mut chars), matcher, &mut positions);
            positions.sort_unstable();
            positions.dedup();
            Some(Match { index: *index, positions })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Found, search};
    use crate::base::Clean;

    fn find(query: &str, texts: &[Clean], limit: usize) -> Found {
        let mut last = Found::default();
        search(query, texts, limit, &|| false, &mut |found| last = found);
        last
    }

    fn check(query: &str, texts: &[&str], expect: &[&str]) {
        let texts: Vec<Clean> = texts.iter().map(|text| Clean::line(text)).collect();
        let found = find(query, &texts, 10);
        let best: Vec<&str> = found.best.iter().map(|m| texts[m.index].as_str()).collect();
        assert_eq!(best, expect, "{query}");
        assert!(found.done);
        assert_eq!(found.seen, texts.len());
    }

    #[test]
    fn the_best_match_comes_first() {
        check("views", &["tests/reviews.py", "shop/views.py", "x.py"], &["shop/views.py", "tests/reviews.py"]);
        check(
            "accounts_a",
            &["tests/unit/accounts/test_account.py", "tests/integration/test_accounts_api.py"],
            &["tests/integration/test_accounts_api.py", "tests/unit/accounts/test_account.py"],
        );
        check("views orders", &["shop/orders/views.py", "shop/views.py"], &["shop/orders/views.py"]);
        check(
            "run",
            &["runner-pane  To the runner", "run  Plan a run"],
            &["run  Plan a run", "runner-pane  To the runner"],
        );
        check("Test", &["a_test", "a_Test"], &["a_Test"]);
        check("", &["b", "a"], &["b", "a"]);
        check("zzz", &["b", "a"], &[]);
    }

    #[test]
    fn positions_are_those_of_the_typed_characters() {
        let texts = [Clean::line("é/views.py")];
        let found = find("vp", &texts, 1);
        assert_eq!(found.best[0].positions, [2, 8]);
    }

    #[test]
    fn many_texts_come_in_parts_and_a_cancelled_search_says_no_last_word() {
        let texts: Vec<Clean> = (0..30_000).map(|n| Clean::line(&format!("tests/test_{n}.py"))).collect();
        let mut parts = Vec::new();
        search("test_29999", &texts, 5, &|| false, &mut |found| parts.push((found.seen, found.done)));
        assert_eq!(parts.last(), Some(&(30_000, true)));
        assert!(parts.len() > 2);
        search("test", &texts, 5, &|| true, &mut |_| panic!("cancelled"));
        assert_eq!(find("test", &texts, 5).best.len(), 5);
    }
}
