use crate::retry::Effect;

/// An operation of the Connector, as far as pacing and repeating care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Open the personal conversation with somebody, without a message.
    CreatePersonalConversation,
    /// The same with a first message, as bots with sessions need it.
    CreateSession,
    /// Post the first message of a channel thread.
    CreateChannelThread,
    /// Post to the end of a conversation.
    Send,
    /// Answer a message.
    Reply,
    /// Replace a message.
    Update,
    /// Take a message back.
    Delete,
    /// Read a page of a roster, one member of it, or who can see a message.
    ReadMembers,
    /// Read about a team.
    ReadTeam,
    /// List the channels of a team.
    ReadChannels,
    /// Read about a meeting or somebody in it.
    ReadMeeting,
    /// Show something to people in a meeting.
    NotifyMeeting,
    /// Have Teams itself send to many.
    StartBatch,
    /// Ask how a batch goes, or what failed in it.
    ReadBatch,
    /// Stop a batch.
    CancelBatch,
    /// Put a reaction on a message, or take it away.
    React,
    /// Read an attachment.
    ReadAttachment,
}

impl Operation {
    /// What it means to do it twice.
    #[must_use]
    pub fn effect(self) -> Effect {
        match self {
            Self::CreateSession
            | Self::CreateChannelThread
            | Self::Send
            | Self::Reply
            | Self::NotifyMeeting
            | Self::StartBatch => Effect::Post,
            // Creating again gives the same personal conversation.
            Self::CreatePersonalConversation
            | Self::Update
            | Self::Delete
            | Self::ReadMembers
            | Self::ReadTeam
            | Self::ReadChannels
            | Self::ReadMeeting
            | Self::ReadBatch
            | Self::CancelBatch
            | Self::React
            | Self::ReadAttachment => Effect::Idempotent,
        }
    }

    /// The limit per conversation that it counts towards; everything also
    /// counts towards the one of the app in the tenant (protocol reference §5.1).
    #[must_use]
    pub fn window(self) -> Option<Window> {
        match self {
            // Whether updates count is not documented; they are taken to.
            Self::Send | Self::Reply | Self::Update => Some(Window::Send),
            Self::CreatePersonalConversation | Self::CreateSession | Self::CreateChannelThread => {
                Some(Window::Create)
            }
            Self::ReadMembers => Some(Window::Members),
            Self::ReadChannels => Some(Window::Conversations),
            _ => None,
        }
    }
}

/// A row of the documented limits per bot and conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Window {
    /// Send to a conversation.
    Send,
    /// Create a conversation.
    Create,
    /// Get members of a conversation.
    Members,
    /// Get conversations: the channels of a team.
    Conversations,
}
