//! Where everything meets: the project, the loop, the effects, the terminal, the signals.

mod surroundings;
pub use surroundings::Surroundings;

mod project;
pub use project::Project;

mod disk;
pub use disk::Disk;

mod silent;
mod tested;
mod brought;
mod before;

pub mod debugging;
mod desk;
pub use desk::Desk;

pub mod index;

mod reports;

pub mod baseline;

mod spread;
pub use spread::spread;

mod sharing;
mod fallback;
mod belonging;
mod known;
pub use known::{Known, Past};
pub mod contract;
mod inherited;
mod fixtures;
pub mod mapping;
mod gate_tests;
pub mod programme;
pub mod gate;
mod trends;
pub use trends::trends;
mod gate_outside;
mod renames;
pub use renames::Renames;
pub mod retention;
pub mod flakes;
mod past;
mod placing;
pub use placing::places;

pub mod points;

mod comparing;

mod dashboard;

mod sides;
pub use sides::{Side, compare, of_report};

mod totals;

mod vanished;
mod witness;

mod moved;

mod pending;

mod elsewhere;

mod slots;

mod evidence;

mod footing;

mod affected;

pub mod expressions;

pub mod choosing;

mod listing;

pub mod planning;

pub mod quarantine;
mod quarantine_rename;

pub mod sharding;

pub mod checking;
mod provoke;
pub use provoke::Provoked;

pub mod proved;
mod proving;

mod warming;

mod homecoming;

mod follow;

mod command;

mod abreast;

mod vigil;

pub mod cycle;

pub mod collecting;

pub mod keep;

mod saved;
mod without_screen;
pub use without_screen::{Told, follow_saves};
mod concerns;
mod watching;

mod effects;
pub use effects::Workers;

mod workbench;
pub use workbench::{Options, open};

pub mod cost;

pub mod lab;

mod lab_case;

mod lab_trial;

mod headless;
pub use headless::{
    collect_headless, cost_headless, lab_headless, provoke_headless, replay_headless, run_headless, verify_headless,
};

pub mod catalog;

pub mod who;

pub mod guide;

pub mod skeleton;

mod rank;
mod changes;
mod suspects;
pub use suspects::note_ingested;
mod blame;
pub mod recorded;
pub use rank::Ground;

mod source;

mod pasted;

mod inbox;
pub use inbox::Inbox;

mod decode;

mod input;

mod signals;

pub mod terminal;

mod translate;

mod frames;
pub use frames::{Hands, Item, now, run};
