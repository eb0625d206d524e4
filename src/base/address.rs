//! Addresses of servers, as a person may see them: without the password.

/// What stands in the place of a password.
const MASK: &str = "***";

/// An address without its password, wherever it has one: before the host, or among the options. What looks like a password
/// is left out even where the address is not well formed.
#[must_use]
pub fn without_password(address: &str) -> String {
    let masked = match address.split_once("://") {
        Some((scheme, rest)) => match rest.rfind('@') {
            Some(at) => {
                let (who, host) = rest.split_at(at);
                let who = who.split_once(':').map_or(who.to_owned(), |(user, _)| format!("{user}:{MASK}"));
                format!("{scheme}://{who}{host}")
            }
            None => address.to_owned(),
        },
        None => address.to_owned(),
    };
    let mut shown = String::new();
    let mut rest = masked.as_str();
    while let Some(at) = rest.to_ascii_lowercase().find("password=") {
        let (before, after) = rest.split_at(at + "password=".len());
        shown.push_str(before);
        shown.push_str(MASK);
        rest = after.find(|c: char| c == '&' || c.is_whitespace()).map_or("", |end| after.split_at(end).1);
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn no_password_is_shown_however_it_is_written() {
        let check = |address: &str, expect: &str| assert_eq!(without_password(address), expect, "{address}");
        check("postgres://ann@db.example/lacuna", "postgres://ann@db.example/lacuna");
        check("postgres://ann:s3cret@db.example:5432/lacuna", "postgres://ann:***@db.example:5432/lacuna");
        check("postgres://ann:s/3:c@r?et@db.example/lacuna", "postgres://ann:***@db.example/lacuna");
        check(
            "postgres:///lacuna?host=/tmp&password=s3cret&user=ann",
            "postgres:///lacuna?host=/tmp&password=***&user=ann",
        );
        check("postgres:///lacuna?PassWord=s3@cret", "postgres:///lacuna?PassWord=***");
        check("host=db password=s3cret user=ann", "host=db password=*** user=ann");
        check("", "");
    }
}
