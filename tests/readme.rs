//! The README's tables are those of the program.

use lacuna::app::{first_keys_markdown, key_table_markdown};
use lacuna::cli::{exits_markdown, settings_markdown};
use lacuna::domain::quality::rules_markdown;
use lacuna::domain::report::categories_markdown;
use std::path::Path;

#[test]
fn the_tables_of_the_readme_are_made_from_the_program() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let mut wanted = page.clone();
    for (name, table) in [
        ("first keys", first_keys_markdown()),
        ("keys", key_table_markdown()),
        ("exits", exits_markdown()),
        ("settings", settings_markdown()),
        ("categories", categories_markdown()),
        ("rules", rules_markdown()),
    ] {
        let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
        let (head, rest) = wanted.split_once(&start).unwrap();
        let (_, tail) = rest.split_once(&end).unwrap();
        wanted = format!("{head}{start}{}\n{end}{tail}", table.trim_end());
    }
    if std::env::var_os("LACUNA_BLESS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    } else {
        assert!(page == wanted, "README.md is behind: LACUNA_BLESS=1 cargo test the_tables_of_the_readme");
    }
}
