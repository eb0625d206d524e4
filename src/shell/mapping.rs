//! The tests of a project with the issues that they belong to.

use super::catalog;
use super::desk::Desk;
use super::frames::now;
use crate::base::{Problem, RepoPath};
use crate::domain::mapping::{Mapping, Names};

/// The test functions of the project, each with its issues by the settings.
#[must_use]
pub fn mapping(desk: &Desk) -> Mapping {
    let config = &desk.project.config;
    let names = Names { marks: config.texts("mapping.marks"), properties: config.texts("mapping.properties") };
    let files: Vec<RepoPath> = catalog::test_files(&desk.project, &desk.disk);
    let outlines = super::spread::spread(&files, |path| Some((path.clone(), desk.outline(path)?)));
    let mut mapping = Mapping::default();
    outlines.into_iter().flatten().for_each(|(path, outline)| mapping.take(&path, &outline.tests, names));
    mapping
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
