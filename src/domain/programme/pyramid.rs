//! The test pyramid: layers of tests, each with its targets and where it stands.

use crate::base::{Clean, Ratio};
use crate::domain::ledger::{Figure, Kind};
use crate::domain::programme::{Percent, Ruling, Verdict, count};

/// What is demanded of a layer of tests.
#[derive(Clone, Debug, PartialEq)]
pub enum TestTarget {
    /// Its tests alone would cover this share of the statements of these layers of code; of all code where none is named.
    Statements(Percent, Vec<String>),
    /// It has this share of all tests.
    Share(Percent),
    /// It exercises this share of the operations of the contract.
    Endpoints(Percent),
    /// It has so many tests, and no more than that where a second number is given.
    Tests(u64, Option<u64>),
}

/// One layer of tests.
#[derive(Clone, Debug, PartialEq)]
pub struct TestLayer {
    /// Its name.
    pub name: String,
    /// Its tests of all tests.
    pub tests: Ratio,
    /// Its targets; a text that is none stands as it is.
    pub targets: Vec<Result<TestTarget, String>>,
}

/// What the tests of a layer alone exercise of a contract.
#[derive(Clone, Debug, PartialEq)]
pub enum Exercised {
    /// So many of its operations; and how many of the layer's tests nobody has observed.
    Operations(Ratio, u64),
    /// Nobody knows, and why.
    Untold(String),
}

/// What the tests of a layer alone would cover of some layers of code.
#[derive(Clone, Debug, PartialEq)]
pub enum Ran {
    /// So many statements.
    Statements(Figure),
    /// Nobody knows: there is no per-test data.
    Untold(&'static str),
    /// There is no layer of code of this name.
    Unknown(String),
}

impl TestTarget {
    /// Reads `70%`, `70% of Models, Utils`, `20% of tests`, `90% of endpoints`, `10 tests`, `10-15 flows` or `5+`.
    ///
    /// # Errors
    /// It is none of these: the text itself, in one line.
    pub fn read(text: &str) -> Result<Self, String> {
        let wrong = || Clean::line(text).to_string();
        if let Some((share, of)) = text.split_once('%') {
            let percent = Percent::read(share).ok_or_else(wrong)?;
            let of = of.trim();
            let Some(of) = of.strip_prefix("of ") else {
                return if of.is_empty() { Ok(Self::Statements(percent, Vec::new())) } else { Err(wrong()) };
            };
            let names: Vec<String> = of.split(',').map(|name| name.trim().to_owned()).collect();
            return Ok(match of.trim() {
                "tests" => Self::Share(percent),
                "endpoints" => Self::Endpoints(percent),
                _ => Self::Statements(percent, names),
            });
        }
        let number = text.trim().trim_end_matches(|c: char| c.is_ascii_alphabetic()).trim_end();
        match number.split_once(['-', '–']) {
            Some((least, most)) => {
                let (least, most) = (count(least).ok_or_else(wrong)?, count(most).ok_or_else(wrong)?);
                if least <= most { Ok(Self::Tests(least, Some(most))) } else { Err(wrong()) }
            }
            None => count(number.trim_end_matches('+')).map(|least| Self::Tests(least, None)).ok_or_else(wrong),
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Statements(percent, of) if of.is_empty() => format!("at least {percent} of all statements"),
            Self::Statements(percent, of) => format!("at least {percent} of {}", of.join(", ")),
            Self::Share(percent) => format!("at least {percent} of the tests"),
            Self::Endpoints(percent) => format!("at least {percent} of the endpoints"),
            Self::Tests(least, Some(most)) => format!("{least} to {most} tests"),
            Self::Tests(least, None) => format!("at least {least} tests"),
        }
    }
}

/// Where the layers of tests stand. `ran` says what the tests of a layer, by its place, run of layers of code, and `exercised`
/// what they exercise of the contract.
#[must_use]
pub fn pyramid(
    rule: &str,
    layers: &[TestLayer],
    digits: usize,
    ran: &dyn Fn(usize, &[String]) -> Ran,
    exercised: &dyn Fn(usize) -> Exercised,
) -> Vec<Ruling> {
    let mut rulings = Vec::new();
    // Where the layers are of another project than this, nobody has said yet what its tests are.
    let is_foreign =
        layers.iter().all(|layer| layer.tests.part == 0) && layers.iter().any(|layer| layer.tests.whole > 0);
    for (at, layer) in layers.iter().enumerate() {
        let name = format!("{rule}.{}", layer.name);
        if layer.targets.is_empty() {
            let mut ruling = Ruling::new(&name, &format!("{} tests", layer.name), "").found(&tests(layer), true);
            ruling.verdict = Verdict::Free;
            rulings.push(ruling);
        }
        for target in &layer.targets {
            rulings.push(match target {
                Ok(target) if is_foreign => Ruling::new(&name, &format!("{} tests", layer.name), &target.words())
                    .found(&tests(layer), false)
                    .untold("no test of this project belongs to any layer: the setting `tests.layers` says which do")
                    .next("lacuna config"),
                Ok(target) => {
                    let ruling = Ruling::new(&name, &format!("{} tests", layer.name), &target.words());
                    judged(ruling, layer, target, digits, &|of| ran(at, of), &|| exercised(at))
                }
                Err(text) => {
                    let why = format!(
                        "\"{text}\" is no target: 70%, 70% of Models, 20% of tests, 90% of endpoints, or 10-15 tests"
                    );
                    Ruling::new(&name, &format!("{} tests", layer.name), text).untold(&why).next("lacuna config")
                }
            });
        }
    }
    rulings
}

fn judged(
    ruling: Ruling,
    layer: &TestLayer,
    target: &TestTarget,
    digits: usize,
    ran: &dyn Fn(&[String]) -> Ran,
    exercised: &dyn Fn() -> Exercised,
) -> Ruling {
    if layer.tests.part == 0 && matches!(target, TestTarget::Statements(..) | TestTarget::Endpoints(_)) {
        // What imports run is no work of tests that there are not.
        return ruling.found(&tests(layer), false).because("no test belongs to this layer").next("lacuna tests");
    }
    match target {
        TestTarget::Tests(least, most) => {
            let number = layer.tests.part;
            let holds = number >= *least && most.is_none_or(|most| number <= most);
            ruling.found(&tests(layer), holds).next("lacuna tests")
        }
        TestTarget::Share(percent) => {
            let found = format!("{}% ({})", layer.tests.display(0), tests(layer));
            ruling.found(&found, layer.tests.part > 0 && percent.is_reached(layer.tests, 0)).next("lacuna tests")
        }
        TestTarget::Endpoints(percent) => match exercised() {
            Exercised::Untold(why) => ruling.untold(&why).next("lacuna contract"),
            Exercised::Operations(share, unobserved) => endpoints(ruling, layer, percent, share, unobserved),
        },
        TestTarget::Statements(percent, of) => match ran(of) {
            Ran::Unknown(name) => {
                ruling.untold(&format!("there is no layer of code {name}; `layers` names them")).next("lacuna config")
            }
            Ran::Untold(why) => ruling.untold(why).next("lacuna run --all"),
            Ran::Statements(figure) => statements(ruling, layer, percent, &figure, digits),
        },
    }
}

fn endpoints(ruling: Ruling, layer: &TestLayer, percent: &Percent, share: Ratio, unobserved: u64) -> Ruling {
    let found = format!("{}% ({} of {}) by {}", share.display(0), share.part, share.whole, tests(layer));
    let holds = percent.is_reached(share, 0);
    let never = format!("{unobserved} of its tests never ran while requests were observed");
    match (holds, unobserved) {
        (_, 0) => ruling.found(&found, holds).next("lacuna contract"),
        (true, _) => ruling.found(&found, true).because(&never),
        (false, _) => ruling.found(&found, false).untold(&never).next("lacuna run --all"),
    }
}

fn statements(ruling: Ruling, layer: &TestLayer, percent: &Percent, figure: &Figure, digits: usize) -> Ruling {
    let ratio = figure.ratio;
    if ratio.whole == 0 {
        return ruling.untold("no measured file is in these layers").next("lacuna report");
    }
    let found = format!("{} ({} of {}) by {}", figure.shown(digits), ratio.part, ratio.whole, tests(layer));
    let remark = if figure.kind == Kind::Measured && figure.open == 0 { String::new() } else { figure.qualifier() };
    let most = Ratio::new((ratio.part + figure.open).min(ratio.whole), ratio.whole);
    let holds = percent.is_reached(ratio, digits);
    let mut ruling = ruling.found(&found, holds).because(&remark);
    let is_sure = match figure.kind {
        Kind::Unknown => false,
        Kind::LowerBound => holds,
        Kind::Measured | Kind::Carried => holds || !percent.is_reached(most, digits),
    };
    ruling.figure = Some(*figure);
    if !is_sure || figure.estimated {
        return ruling.untold(&figure.qualifier()).next("lacuna run --affected");
    }
    ruling.next("lacuna report")
}

fn tests(layer: &TestLayer) -> String {
    if layer.tests.part == 1 { "1 test".to_owned() } else { format!("{} tests", layer.tests.part) }
}

#[cfg(test)]
mod tests {
    use super::{Exercised, Ran, TestLayer, TestTarget, pyramid};
    use crate::base::Ratio;
    use crate::domain::ledger::Figure;
    use crate::domain::programme::{Percent, Verdict};

    #[test]
    fn targets_are_read_as_people_write_them() {
        let percent = |text: &str| Percent::read(text).unwrap();
        let check = |text: &str, expect: TestTarget| assert_eq!(TestTarget::read(text), Ok(expect), "{text}");
        check("70%", TestTarget::Statements(percent("70"), Vec::new()));
        check("70% of Models, Utils", TestTarget::Statements(percent("70"), vec!["Models".into(), "Utils".into()]));
        check("20 % of tests", TestTarget::Share(percent("20")));
        check("90% of endpoints", TestTarget::Endpoints(percent("90")));
        check("10-15 flows", TestTarget::Tests(10, Some(15)));
        check("5+", TestTarget::Tests(5, None));
        check("10", TestTarget::Tests(10, None));
        for text in ["", "many", "15-10", "70% or so", "-3", "200%"] {
            assert!(TestTarget::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn each_layer_says_where_it_stands() {
        let layer = |targets: &[&str]| TestLayer {
            name: "unit".to_owned(),
            tests: Ratio::new(8, 10),
            targets: targets.iter().map(|text| TestTarget::read(text)).collect(),
        };
        let ran = |_: usize, of: &[String]| match of.first().map(String::as_str) {
            Some("Nowhere") => Ran::Unknown("Nowhere".to_owned()),
            Some("Views") => Ran::Untold("there is no per-test data"),
            _ => Ran::Statements(Figure { ratio: Ratio::new(6, 10), lines: Ratio::new(6, 10), ..Figure::default() }),
        };
        let shown = |_: usize| Exercised::Untold("there is no document".to_owned());
        let check = |target: &str, expect: Verdict| {
            let found = pyramid("targets.tests", &[layer(&[target])], 0, &ran, &shown);
            assert_eq!(found[0].verdict, expect, "{target}: {}", found[0].why);
        };
        let check_shown = |target: &str, shown: Exercised, expect: Verdict| {
            let found = pyramid("targets.tests", &[layer(&[target])], 0, &ran, &|_| shown.clone());
            assert_eq!(found[0].verdict, expect, "{target}: {}", found[0].why);
        };
        check_shown("50% of endpoints", Exercised::Operations(Ratio::new(1, 2), 3), Verdict::Held);
        check_shown("60% of endpoints", Exercised::Operations(Ratio::new(1, 2), 3), Verdict::Untold);
        check_shown("60% of endpoints", Exercised::Operations(Ratio::new(1, 2), 0), Verdict::Failed);
        check("60% of endpoints", Verdict::Untold);
        check("60%", Verdict::Held);
        check("61%", Verdict::Failed);
        check("60% of Nowhere", Verdict::Untold);
        check("60% of Views", Verdict::Untold);
        check("80% of tests", Verdict::Held);
        check("9+", Verdict::Failed);
        check("5-7 tests", Verdict::Failed);
        check("a lot", Verdict::Untold);
        assert_eq!(pyramid("targets.tests", &[layer(&[])], 0, &ran, &shown)[0].verdict, Verdict::Free);
        for target in ["5%", "1% of endpoints"] {
            let empty = TestLayer { tests: Ratio::new(0, 10), ..layer(&[target]) };
            let all = [layer(&[]), empty];
            let found = pyramid("targets.tests", &all, 0, &ran, &|_| Exercised::Operations(Ratio::new(1, 2), 0));
            assert_eq!((found[1].verdict, found[1].found.as_str()), (Verdict::Failed, "0 tests"), "{target}");
            // Where no layer has a test, the layers are those of other projects.
            let found = pyramid("targets.tests", &all[1..], 0, &ran, &|_| Exercised::Operations(Ratio::new(1, 2), 0));
            assert_eq!(found[0].verdict, Verdict::Untold, "{target}");
            assert!(found[0].why.as_str().contains("tests.layers"), "{}", found[0].why);
        }
    }
}
