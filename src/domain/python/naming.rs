//! Which files, classes and functions pytest takes for tests, by name.

/// pytest's three settings for names: `python_files`, `python_classes`, `python_functions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    /// Patterns of file names; one with a slash is matched against the end of the path.
    pub python_files: Vec<String>,
    /// Prefixes or patterns of class names.
    pub python_classes: Vec<String>,
    /// Prefixes or patterns of function names.
    pub python_functions: Vec<String>,
}

impl Default for Naming {
    fn default() -> Self {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
        Self {
            python_files: words(&["test_*.py", "*_test.py"]),
            python_classes: words(&["Test"]),
            python_functions: words(&["test"]),
        }
    }
}
