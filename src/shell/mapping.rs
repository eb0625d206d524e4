//! The tests of a project with the issues that they belong to.

use super::catalog;
use super::desk::Desk;
use crate::base::RepoPath;
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
