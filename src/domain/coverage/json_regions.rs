//! What coverage.py's JSON says beside the lines of a file: which context ran each of them, its functions and classes.

use crate::base::{Clean, Ratio};
use crate::domain::coverage::collect::Collected;
use crate::domain::coverage::json_file::Key;
use crate::domain::coverage::{DataFile, DataFileEntry, LineSet, Ran};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// The contexts of a report, each with its place. Every line of every file names its own again.
#[derive(Default)]
pub(in crate::domain::coverage) struct Contexts {
    names: Vec<String>,
    places: HashMap<String, u32>,
}

impl Contexts {
    fn place(&mut self, name: &str) -> u32 {
        if let Some(&place) = self.places.get(name) {
            return place;
        }
        let place = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.to_owned());
        self.places.insert(name.to_owned(), place);
        place
    }

    /// Whether there is any context beside import time.
    pub fn name_tests(&self) -> bool {
        self.names.iter().any(|name| !name.is_empty())
    }

    /// What ran in each file, as coverage.py's own data file would have it.
    pub fn data(self, producer: &Clean, files: impl Iterator<Item = (String, Vec<(u32, LineSet)>)>) -> DataFile {
        let entry = |(path, ran): (String, Vec<(u32, LineSet)>)| {
            let ran = ran.into_iter().map(|(context, lines)| (context, Ran::new(lines, Vec::new())));
            DataFileEntry { path, ran: ran.collect() }
        };
        let files = files.map(entry).collect();
        DataFile { has_arcs: false, producer: producer.clone(), contexts: self.names, files }
    }
}

/// Reads the contexts of the lines of one file: `{"12": ["tests/test_a.py::test_a|run"]}`, in any order.
pub(in crate::domain::coverage) struct ContextsSeed<'a>(pub &'a mut Contexts);

impl<'de> DeserializeSeed<'de> for ContextsSeed<'_> {
    type Value = Vec<(u32, LineSet)>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ContextsSeed<'_> {
    type Value = Vec<(u32, LineSet)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("contexts by line")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut ran: BTreeMap<u32, Collected> = BTreeMap::new();
        while let Some(key) = map.next_key::<Key<'de>>()? {
            let line = key.0.parse::<u32>().ok().filter(|line| *line <= LineSet::LAST);
            let line = line.ok_or_else(|| A::Error::custom(format_args!("{:?} is no line number", key.0)))?;
            map.next_value_seed(NamesSeed { contexts: &mut *self.0, line, ran: &mut ran })?;
        }
        Ok(ran.into_iter().map(|(context, lines)| (context, lines.finish())).collect())
    }
}

/// Reads the contexts of one line.
struct NamesSeed<'a> {
    contexts: &'a mut Contexts,
    line: u32,
    ran: &'a mut BTreeMap<u32, Collected>,
}

impl<'de> DeserializeSeed<'de> for NamesSeed<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for NamesSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of contexts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<(), A::Error> {
        while let Some(name) = names.next_element::<Key<'de>>()? {
            let context = self.contexts.place(&name.0);
            self.ran.entry(context).or_default().add(self.line);
        }
        Ok(())
    }
}

/// How many functions, or classes, were entered. With contexts on, every region repeats those of the whole file: only
/// whether a line of its own ran is read. The region without a name is everything outside of them; the lines of a class are
/// those in its methods.
pub(in crate::domain::coverage) struct Regions(pub Ratio);

impl<'de> Deserialize<'de> for Regions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entered;
        impl<'de> Visitor<'de> for Entered {
            type Value = Regions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("functions or classes by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Regions, A::Error> {
                let mut entered = Ratio::default();
                while let Some(name) = map.next_key::<Key<'de>>()? {
                    let region = map.next_value::<Region<'de>>()?;
                    let lines = region.executed_lines.map_or("[]", RawValue::get);
                    let Some(inside) = lines.strip_prefix('[') else {
                        return Err(A::Error::custom("the executed_lines of a region are no list"));
                    };
                    if !name.0.is_empty() {
                        let ran = inside.trim_start() != "]";
                        entered = entered.plus(Ratio::new(u64::from(ran), 1));
                    }
                }
                Ok(Regions(entered))
            }
        }
        deserializer.deserialize_map(Entered)
    }
}

#[derive(Deserialize)]
struct Region<'a> {
    #[serde(borrow, default, deserialize_with = "given")]
    executed_lines: Option<&'a RawValue>,
}

/// What is given, `null` included.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}
