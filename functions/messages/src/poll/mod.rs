//! Polls: votes, what voters are shown, what owners do, and new ones from chat.
//!
//! A vote leaves nothing behind here but the vote: no stored answer, no print of the activity that brought it, no line in
//! the log, nothing new about its voter. Whoever joined one of those with the list of who has voted could tell what they
//! voted. It needs no such record either: the same vote again is one vote.

mod asked;
mod owner;
mod starting;
mod voting;

use cards::{Message, PollPress, Press};
use polls::{Manage, NotAQuickPoll, Refusal};

use crate::failure::Failure;
use crate::handler::Messages;
use crate::received::Received;

use asked::Asked;

/// A card to show, or why nothing was done.
type Answer = Result<Result<Message, Refusal>, Failure>;

/// Whether a press is answered without a record of it: it changes nothing, or is a vote and may be repeated.
pub(crate) fn leaves_no_trace(press: &Press) -> bool {
    use PollPress as P;
    let Press::Poll(press) = press else {
        return false;
    };
    match press {
        P::Vote(_)
        | P::Change(_)
        | P::Refresh(_)
        | P::Results(_)
        | P::Adding(_)
        | P::Add(_)
        | P::Manage(_)
        | P::Deleting(_)
        | P::Form => true,
        P::Close(_) | P::Extend(..) | P::Reopen(_) | P::Delete(_) | P::Clone(_) | P::Create => {
            false
        }
    }
}

/// Whether a card may send a press by itself.
pub(crate) fn only_shows(press: &Press) -> bool {
    matches!(press, Press::Poll(press) if press.only_shows())
}

impl Messages {
    /// Does what a button of a poll says; gives the card to show in place of the one it stood on.
    ///
    /// What is refused changes nothing, and is said in a card.
    pub(crate) async fn poll(
        &self,
        received: &Received,
        press: PollPress,
    ) -> Result<Message, Failure> {
        let reader = &received.reader();
        let Some(on) = press.occurrence().cloned() else {
            // A client without dialogs.
            let how = NotAQuickPoll::Empty;
            return Ok(cards::poll::not_a_quick_poll(reader, &how));
        };
        let answer = match self.asked(received, &on).await? {
            Some(asked) => self.answer_poll(received, asked, press).await?,
            None => Err(Refusal::NoSuchPoll),
        };
        Ok(answer.unwrap_or_else(|why| cards::poll::refused(reader, &why, Some(&on))))
    }

    async fn answer_poll(&self, received: &Received, asked: Asked, press: PollPress) -> Answer {
        use PollPress as P;
        if let P::Vote(_) | P::Change(_) | P::Adding(_) | P::Add(_) = press {
            if !self.was_asked(received, &asked).await? {
                return Ok(Err(Refusal::NotForYou));
            }
            return match press {
                P::Vote(_) => self.vote(received, &asked).await,
                P::Change(_) => self.change(received, &asked).await,
                P::Adding(_) => Ok(self.adding(received, &asked)),
                _ => self.add(received, asked).await,
            };
        }
        if let P::Refresh(_) | P::Results(_) = press {
            if !self.was_asked(received, &asked).await? {
                // Owners are not always among those whom they ask.
                return match asked.owns {
                    true => self.manage(received, &asked).await,
                    false => Ok(Err(Refusal::NotForYou)),
                };
            }
            return match press {
                P::Refresh(_) => self.show(received, &asked).await.map(Ok),
                _ => self.results(received, &asked).await,
            };
        }
        if !asked.owns {
            return Ok(Err(Refusal::NotAnOwner));
        }
        let does = match press {
            P::Close(_) => Manage::Close,
            P::Extend(_, longer) => Manage::Extend(polls::Longer::For(longer)),
            P::Reopen(_) => Manage::Reopen(None),
            P::Delete(_) => Manage::Delete,
            P::Clone(_) => Manage::Clone,
            P::Deleting(_) => {
                let title = &asked.view.definition.title;
                let on = &asked.view.occurrence.id;
                return Ok(Ok(cards::poll::confirm_delete(
                    &received.reader(),
                    title,
                    on,
                )));
            }
            _ => return self.manage(received, &asked).await,
        };
        self.owners_command(received, &asked, does).await
    }
}
