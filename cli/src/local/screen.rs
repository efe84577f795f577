//! What a person at the terminal sees of the simulated Teams.

use std::io::{self, Write};

use futures_util::FutureExt as _;
use simulator::{Conversation, ConversationKind, Event, Events, PlaceName, Simulator};

use crate::render;

/// Draws on a terminal what happens in the simulator, in order.
pub struct Screen<W> {
    out: W,
    events: Events,
}

/// How much of what the bot says is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Every message in full.
    Full,
    /// The first line of each message.
    Brief,
}

impl<W: Write> Screen<W> {
    /// Draws on `out` what happens from now on.
    pub fn new(teams: &Simulator, out: W) -> Self {
        Self {
            out,
            events: teams.events(),
        }
    }

    /// Writes a line of our own.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")?;
        self.out.flush()
    }

    /// Draws what has happened since the last call.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    pub fn catch_up(&mut self, detail: Detail) -> io::Result<()> {
        while let Some(Some(event)) = self.events.next().now_or_never() {
            self.draw(&event, detail)?;
        }
        self.out.flush()
    }

    /// Draws the next thing that happens; `false` when the simulator has ended.
    ///
    /// # Errors
    ///
    /// When the terminal is gone.
    pub async fn follow(&mut self, detail: Detail) -> io::Result<bool> {
        let Some(event) = self.events.next().await else {
            return Ok(false);
        };
        self.draw(&event, detail)?;
        self.out.flush()?;
        Ok(true)
    }

    fn draw(&mut self, event: &Event, detail: Detail) -> io::Result<()> {
        match event {
            Event::Posted { place, message } | Event::Edited { place, message } => {
                let edited = matches!(event, Event::Edited { .. });
                let title = title(place, edited);
                match detail {
                    Detail::Full => {
                        write!(self.out, "{}", render::message(&title, &message.activity))
                    }
                    Detail::Brief => {
                        let readable = message.readable();
                        let first = readable.lines().next().unwrap_or_default();
                        writeln!(self.out, "    ↳ {}", render::one_line(first))
                    }
                }
            }
            Event::Refused {
                operation,
                status,
                code,
            } => writeln!(
                self.out,
                "  Teams refused {operation:?}: {status} {}",
                code.as_deref().unwrap_or_default()
            ),
            _ => Ok(()),
        }
    }
}

fn title(place: &PlaceName, edited: bool) -> String {
    let kind = match place.kind {
        ConversationKind::Personal => "personal chat",
        ConversationKind::GroupChat => "group chat",
        ConversationKind::Channel => "channel",
    };
    let edited = if edited { " · edited" } else { "" };
    format!("{} · {kind}{edited}", place.name)
}

/// The name a person would use for this conversation.
pub fn name_of(conversation: &Conversation) -> String {
    title(&conversation.name(), false)
}
