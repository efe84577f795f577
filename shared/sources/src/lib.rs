#![doc = include_str!("../README.md")]

mod cursor;
mod entry;
mod hash;
mod look;
mod news;
mod period;
mod pick;
mod read;
mod text;
mod watch;

pub use cursor::Cursor;
pub use entry::{Content, Entry};
pub use look::{Look, look};
pub use news::{broken, whole_again};
pub use period::{NotAPeriod, Period};
pub use pick::{NotAPick, Pick};
pub use read::{Document, NotASource};
pub use watch::{Kind, Watch, WatchId};
