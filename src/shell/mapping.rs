//! The tests of a project with the issues that they belong to.

use super::catalog;
use super::desk::Desk;
use super::frames::now;
use super::inherited::Lineage;
use crate::base::{Problem, RepoPath};
use crate::domain::mapping::{Mapping, Names, Recorded, keys_of};
use crate::io::store::Store;

/// The test functions of the project, each with its issues by the settings.
#[must_use]
pub fn mapping(desk: &Desk) -> Mapping {
    let config = &desk.project.config;
    let names = Names { marks: config.texts("mapping.marks"), properties: config.texts("mapping.properties") };
    let files: Vec<RepoPath> = catalog::test_files(&desk.project, &desk.disk);
    let lineage = Lineage::default();
    let tests = |path: &RepoPath| Some((path.clone(), lineage.tests(desk, path, &*desk.outline(path)?)));
    let tests = super::spread::spread(&files, tests);
    let recorded = recorded(desk, names.properties);
    let mut mapping = Mapping::default();
    tests.into_iter().flatten().for_each(|(path, tests)| mapping.take(&path, &tests, names, &recorded));
    mapping
}

/// The keys that ingested reports gave tests. Where they can't be read, there are none, and the desk says why.
fn recorded(desk: &Desk, names: &[String]) -> Recorded {
    let mut recorded = Recorded::new();
    let known = match desk.store().and_then(Store::properties) {
        Ok(known) => known,
        Err(problem) => {
            desk.say(problem);
            return recorded;
        }
    };
    for (test, properties) in known {
        let keys = properties.iter().filter(|(name, _)| names.contains(name)).flat_map(|(_, value)| keys_of(value));
        let keys: Vec<String> = keys.map(str::to_owned).collect();
        if !keys.is_empty() {
            recorded.entry(test.without_params().to_owned()).or_default().extend(keys);
        }
    }
    recorded
}

/// Keeps how many of the tests belong to an issue now, in a project whose tests do or did.
///
/// # Errors
/// It could not be kept.
pub fn note_share(desk: &Desk) -> Result<(), Problem> {
    let share = mapping(desk).share();
    if share.whole == 0 || share.part == 0 && desk.store()?.mapping_shares()?.is_empty() {
        return Ok(());
    }
    desk.store()?.save_mapping_share(now(), share)
}
