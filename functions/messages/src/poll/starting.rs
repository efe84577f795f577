//! A new poll, from a line of chat or from the form.

use activity::{ConversationKind, InvokeResponse};
use cards::{Message, PollPress};
use notifications::{Address, Audience, ContractErrors};
use polls::{Definition, Form, PollId, QuickPoll};

use crate::failure::Failure;
use crate::handler::Messages;
use crate::invoke::carried;
use crate::received::Received;

/// The `detail-type` of a poll to ask.
pub(crate) const DEFINE: &str = "tidings.poll";

/// Why a poll is not asked.
#[derive(Debug)]
enum NotStarted {
    /// There is nobody here to ask, or nobody to hand it to.
    NotHere(Box<Message>),
    /// It is wrong.
    Wrong(ContractErrors),
}

impl Messages {
    /// Asks what somebody wrote in a channel or chat, there: `poll "Lunch?" Pizza | Sushi`.
    pub(crate) async fn quick_poll(
        &self,
        received: &Received,
        line: &str,
    ) -> Result<Message, Failure> {
        let reader = &received.reader();
        if let Err(no) = self.may_start(received) {
            return Ok(*no);
        }
        let quick = match QuickPoll::parse(line) {
            Ok(quick) => quick,
            Err(why) => return Ok(cards::poll::not_a_quick_poll(reader, &why)),
        };
        let read = |owner: &Address, to: &Audience| quick.definition(owner, to);
        Ok(match self.start(received, read).await? {
            Ok(poll) => cards::poll::created(reader, &poll, None),
            Err(NotStarted::NotHere(no)) => *no,
            Err(NotStarted::Wrong(errors)) => cards::poll::wrong_definition(reader, &errors),
        })
    }

    /// Opens the form, or takes what was filled in; what is wrong with that is said in the form.
    ///
    /// `None`: the dialog is none of ours.
    pub(crate) async fn dialog(
        &self,
        received: &Received,
        press: PollPress,
    ) -> Result<Option<InvokeResponse>, Failure> {
        let reader = &received.reader();
        let shown = |form: &Form, wrong: Option<&ContractErrors>| {
            let message = cards::poll::form(reader, form, wrong);
            InvokeResponse::dialog(&message.summary, message.card)
        };
        let told = |message: &Message| InvokeResponse::dialog_message(&message.summary);
        Ok(match press {
            PollPress::Form => Some(match self.may_start(received) {
                Ok(()) => shown(&Form::default(), None),
                Err(no) => told(&no),
            }),
            PollPress::Create => {
                let form = Form::read(carried(&received.activity).1);
                let read = |owner: &Address, to: &Audience| form.definition(owner, to);
                Some(match self.start(received, read).await? {
                    Ok(poll) => told(&cards::poll::created(reader, &poll, None)),
                    Err(NotStarted::NotHere(no)) => told(&no),
                    Err(NotStarted::Wrong(errors)) => shown(&form, Some(&errors)),
                })
            }
            _ => None,
        })
    }

    /// Whether a poll can be asked here at all; else what to say.
    fn may_start(&self, received: &Received) -> Result<(), Box<Message>> {
        let reader = &received.reader();
        if received.is_personal() {
            return Err(Box::new(cards::poll::not_here(reader)));
        }
        match self.events {
            Some(_) => Ok(()),
            None => Err(Box::new(cards::poll::not_set_up(reader))),
        }
    }

    /// Hands a poll on to be asked, where it was written, as its writer's. The same activity again is the same poll.
    async fn start<F>(
        &self,
        received: &Received,
        read: F,
    ) -> Result<Result<Definition, NotStarted>, Failure>
    where
        F: FnOnce(&Address, &Audience) -> Result<Definition, ContractErrors>,
    {
        if let Err(no) = self.may_start(received) {
            return Ok(Err(NotStarted::NotHere(no)));
        }
        let Some(owner) = received.sender_object_id() else {
            let no = cards::notices::went_wrong(&received.reader());
            return Ok(Err(NotStarted::NotHere(Box::new(no))));
        };
        let place = received.reference.conversation.clone();
        let place = match received.reference.kind {
            ConversationKind::Channel => Address::Channel(place),
            ConversationKind::GroupChat | ConversationKind::Personal => Address::Chat(place),
        };
        let to = Audience {
            include: vec![place.clone()],
            exclude: Vec::new(),
        };
        let mut poll = match read(&Address::Aad(owner), &to) {
            Ok(poll) => poll,
            Err(errors) => return Ok(Err(NotStarted::Wrong(errors))),
        };
        if !self.topic(received, &poll.topic).await?.allows(&place) {
            let errors = ContractErrors::one(
                "to",
                format!("an address of kind {}", place.kind()),
                "an address of the topic's audienceAllowed",
            );
            return Ok(Err(NotStarted::Wrong(errors)));
        }
        if let Some(name) = received.sender_name() {
            poll.call_owner(name);
        }
        poll.tenant = Some(received.reference.tenant.clone());
        poll.id = Some(PollId::from_title(&poll.title, exact(received)));
        // Whoever sends it has to know how to get here.
        self.whose(received).await?;
        self.publish(DEFINE, &poll.to_value()).await?;
        self.metrics.count("PollsStarted", 1);
        Ok(Ok(poll))
    }
}

/// A word for this very activity: the same whenever it is delivered, another when the same is written again.
pub(crate) fn exact(received: &Received) -> &str {
    let word = received.word.as_str();
    word.rsplit_once('.').map_or(word, |(_, exact)| exact)
}
