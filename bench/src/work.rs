//! What a function is given to do.

use crate::programs::Name;

/// A kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Work {
    /// Nothing.
    Empty,
    /// An inbound message answered, by the floor.
    BareInbound,
    /// Ten messages, by the floor.
    BareBatch,
    /// Many prepared messages, sixteen at once, by the floor.
    Burst,
    /// An inbound message verified, stored, answered.
    Inbound,
    /// A notification to ten people frozen, planned, queued.
    Planning,
    /// A chunk of ten recipients claimed, sent, recorded.
    Chunk,
    /// Ten chunks of one recipient each, in one batch.
    Records,
    /// A minute that has passed, with nothing due.
    Tick,
}

/// How many messages a burst sends.
pub(crate) const BURST: usize = 200;
/// How many of them are under way at once.
pub(crate) const AT_ONCE: usize = 16;

impl Work {
    /// All, what is measured against the floor after the floor.
    pub(crate) const ALL: [Self; 9] = [
        Self::Empty,
        Self::BareInbound,
        Self::Inbound,
        Self::Planning,
        Self::Burst,
        Self::BareBatch,
        Self::Chunk,
        Self::Records,
        Self::Tick,
    ];

    /// Which program does it.
    pub(crate) fn program(self) -> Name {
        match self {
            Self::Empty => Name::Hello,
            Self::BareInbound | Self::BareBatch | Self::Burst => Name::Work,
            Self::Inbound => Name::Messages,
            Self::Planning => Name::Notify,
            Self::Chunk | Self::Records => Name::Deliver,
            Self::Tick => Name::Tasks,
        }
    }

    /// What a program is given first after a cold start.
    pub(crate) fn first_of(program: Name) -> Self {
        match program {
            Name::Hello => Self::Empty,
            Name::Work => Self::BareInbound,
            Name::Posts => Self::Burst,
            Name::Messages => Self::Inbound,
            Name::Notify => Self::Planning,
            Name::Deliver => Self::Chunk,
            Name::Tasks => Self::Tick,
        }
    }

    /// How many messages one event sends.
    pub(crate) fn messages(self) -> usize {
        match self {
            Self::Empty | Self::Planning | Self::Tick => 0,
            Self::BareInbound | Self::Inbound => 1,
            Self::BareBatch | Self::Chunk | Self::Records => crate::world::PEOPLE,
            Self::Burst => BURST,
        }
    }

    /// The floor that does the same with nothing around it.
    pub(crate) fn floor(self) -> Option<Self> {
        match self {
            Self::Inbound => Some(Self::BareInbound),
            Self::Chunk | Self::Records => Some(Self::BareBatch),
            _ => None,
        }
    }

    /// Its name in the tables.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Empty => "hello, no work",
            Self::BareInbound => "floor: W1, no store",
            Self::BareBatch => "floor: W2, no store",
            Self::Burst => "floor: sends, 16 at once",
            Self::Inbound => "messages: W1",
            Self::Planning => "notify: 1 to 10 people",
            Self::Chunk => "deliver: W2, 1 chunk",
            Self::Records => "deliver: W2, 10 records",
            Self::Tick => "tasks: tick, nothing due",
        }
    }
}
