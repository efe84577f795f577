//! Whose turn is sold where.

use jiff::Timestamp;

/// A sequence of slots in time. Together the lines are what may be asked of Teams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Line {
    /// Deliveries of every lane.
    Main,
    /// Deliveries that no broadcast may take.
    Alarm,
    /// All but deliveries: creations, rosters, edits.
    Other,
}

impl Line {
    /// Every line.
    pub const ALL: [Self; 3] = [Self::Main, Self::Alarm, Self::Other];
}

/// What a request is for, which says from which lines it may take its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A delivery to few: it goes ahead of broadcasts.
    Alarm,
    /// A delivery to many.
    Broadcast,
    /// Anything else.
    Other,
}

impl Need {
    /// The lines that serve it.
    #[must_use]
    pub fn lines(self) -> &'static [Line] {
        match self {
            Self::Alarm => &[Line::Main, Line::Alarm],
            Self::Broadcast => &[Line::Main],
            Self::Other => &[Line::Other],
        }
    }
}

/// The right to one request, at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Where it was sold.
    pub line: Line,
    /// From when on it may be used, and only shortly after.
    pub at: Timestamp,
}
