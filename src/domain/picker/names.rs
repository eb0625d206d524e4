//! Which files of tests are named after a source file.

use crate::base::RepoPath;

/// The files of tests whose names resemble the name of `source`, the closest first: `test_views.py` and
/// `views_test.py` for `views.py`, then names that hold the word, such as `test_order_views.py`. Among equally
/// close ones those that share more folders with the source come first.
#[must_use]
pub fn tests_named_after(source: &RepoPath, tests: &[RepoPath]) -> Vec<RepoPath> {
    let stem = match source.stem() {
        "__init__" | "__main__" => source.folder().map_or_else(String::new, |folder| folder.name().to_owned()),
        stem => stem.to_owned(),
    };
    if stem.is_empty() {
        return Vec::new();
    }
    let mut close: Vec<(u8, usize, &RepoPath)> = tests
        .iter()
        .filter_map(|test| Some((distance(&stem, test.stem())?, usize::MAX - shared_folders(source, test), test)))
        .collect();
    close.sort();
    let exact = close.iter().any(|(distance, ..)| *distance == 0);
    close.into_iter().filter(|(distance, ..)| !exact || *distance == 0).map(|(.., test)| test.clone()).collect()
}

/// 0 for `test_stem` and `stem_test`, 1 when the words of `stem` stand in the name.
fn distance(stem: &str, test: &str) -> Option<u8> {
    let core = test.strip_prefix("test_").or_else(|| test.strip_suffix("_test")).unwrap_or(test);
    if core == stem {
        return Some(0);
    }
    let bare = |word: &str| word.trim_end_matches('s').to_owned();
    let words: Vec<String> = core.split('_').map(bare).collect();
    stem.split('_').map(bare).all(|word| !word.is_empty() && words.contains(&word)).then_some(1)
}

/// How many folder names of the test's path are folders of the source's path too.
fn shared_folders(source: &RepoPath, test: &RepoPath) -> usize {
    let folders: Vec<&str> = source.parts().collect();
    test.parts().rev().skip(1).filter(|part| folders.contains(part)).count()
}

#[cfg(test)]
mod tests {
    use super::tests_named_after;
    use crate::base::RepoPath;

    fn check(source: &str, tests: &[&str], expect: &[&str]) {
        let tests: Vec<RepoPath> = tests.iter().filter_map(|test| RepoPath::new(test)).collect();
        let found = tests_named_after(&RepoPath::new(source).unwrap(), &tests);
        assert_eq!(found.iter().map(RepoPath::as_str).collect::<Vec<_>>(), expect, "{source}");
    }

    #[test]
    fn the_closest_name_comes_first() {
        let tests =
            ["tests/test_views.py", "tests/orders/test_views.py", "tests/test_order_views.py", "tests/test_models.py"];
        check("shop/orders/views.py", &tests, &["tests/orders/test_views.py", "tests/test_views.py"]);
        check("shop/order_view.py", &tests, &["tests/test_order_views.py"]);
        check("shop/models.py", &["tests/models_test.py"], &["tests/models_test.py"]);
        check("shop/orders/__init__.py", &["tests/test_orders.py"], &["tests/test_orders.py"]);
        check("shop/nothing.py", &tests, &[]);
    }
}
