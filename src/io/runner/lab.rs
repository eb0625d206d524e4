//! One process of a flake lab: pytest with the lab's plugin, on a copy of the project's tree.

use crate::base::{Problem, RepoPath};
use crate::domain::lab::{Axis, Recipe};
use crate::domain::suite::{Target, TestId};
use crate::io::runner::{Environment, Launch, Pytest, RunDir};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

/// The plugin, as it is put beside the probe. It is installed nowhere.
const LAB: &str = include_str!("../../../assets/probe/lacuna_lab.py");
/// What it imports to be told of mocks.
const MOCKS: &str = include_str!("../../../assets/probe/lacuna_mocks.py");
/// How many files are named one by one; of more, the whole suite is collected.
const NAMED: usize = 300;

/// Where a process of a lab works.
#[derive(Clone, Copy, Debug)]
pub struct LabPlace<'a> {
    /// The project's own folder.
    pub root: &'a Path,
    /// The folder for temporary files of this process.
    pub temporary: &'a Path,
    /// An empty folder, for a home.
    pub home: &'a Path,
    /// Where compiled modules are kept from one process of the lab to the next.
    pub compiled: &'a Path,
}

impl Launch {
    /// pytest for one trial, in the private directory `run`; `how` names the copy of the tree as its root.
    ///
    /// # Errors
    /// The private directory cannot be written.
    pub fn lab(how: &Pytest<'_>, recipe: &Recipe, run: &RunDir, place: &LabPlace<'_>) -> Result<Self, Problem> {
        let environment = surroundings(how.environment, recipe, place);
        let mut options: Vec<OsString> = how.options.to_vec();
        if recipe.plain {
            options.extend(["-p", "no:randomly"].map(OsString::from));
        } else {
            options.extend(["-p", "lacuna_lab"].map(OsString::from));
        }
        let how = Pytest { environment: &environment, options: &options, ..*how };
        let mut launch = Self::started_by(&how, run, &["-q"]);
        if recipe.plain {
            launch.targets = recipe.order.tests().cloned().map(Target::Test).collect();
            return Ok(launch);
        }
        run.add_lab(LAB, MOCKS)?;
        let specification = recipe.specification(&place.root.to_string_lossy(), &how.root.to_string_lossy());
        let specified = run.write_specification(specification.as_bytes())?;
        launch.set("LACUNA_LAB", specified);
        launch.targets = files(recipe);
        Ok(launch)
    }
}

/// The files of a recipe in the order of its tests; none where there are very many: everything is collected then.
fn files(recipe: &Recipe) -> Vec<Target> {
    let mut seen = BTreeSet::new();
    let paths = recipe.order.tests().map(TestId::path).chain(recipe.beside.iter().map(String::as_str));
    let files: Vec<Target> =
        paths.filter(|path| seen.insert(*path)).filter_map(RepoPath::new).map(Target::File).collect();
    if files.len() > NAMED { Vec::new() } else { files }
}

fn surroundings(environment: &Environment, recipe: &Recipe, place: &LabPlace<'_>) -> Environment {
    let mut environment = environment.clone();
    environment.set("PYTHONHASHSEED", recipe.hash.to_string());
    environment.remove("PYTHONDONTWRITEBYTECODE");
    environment.set("PYTHONPYCACHEPREFIX", place.compiled);
    environment.set("TMPDIR", place.temporary);
    for axis in &recipe.axes {
        match axis {
            Axis::Zone => environment.set("TZ", "Pacific/Kiritimati"),
            Axis::Utc => environment.set("TZ", "UTC"),
            Axis::Locale => {
                for name in ["LANG", "LANGUAGE", "LC_CTYPE", "LC_TIME", "LC_NUMERIC", "LC_COLLATE"] {
                    environment.remove(name);
                }
                environment.set("LC_ALL", "C");
                environment.set("PYTHONUTF8", "0");
                environment.set("PYTHONCOERCECLOCALE", "0");
            }
            Axis::Utf8 => environment.set("LC_ALL", "C.UTF-8"),
            Axis::Home => environment.set("HOME", place.home),
            Axis::Temporary
            | Axis::UsualTemporary
            | Axis::Network
            | Axis::Backwards
            | Axis::Sorted
            | Axis::Leftovers
            | Axis::Worker
            | Axis::Abreast => {}
        }
    }
    environment
}
