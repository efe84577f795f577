use crate::open_enum::open_enum;

open_enum! {
    /// What kind of activity it is (protocol reference §3.2).
    pub enum ActivityType {
        /// Text from a person, a click on `Action.Submit`; or what a bot sends.
        Message = "message",
        /// A person edited a message, or took a deletion back.
        MessageUpdate = "messageUpdate",
        /// A person deleted a message.
        MessageDelete = "messageDelete",
        /// A reaction to a message came or went.
        MessageReaction = "messageReaction",
        /// Members, the team or a channel changed.
        ConversationUpdate = "conversationUpdate",
        /// The app was installed, removed or upgraded.
        InstallationUpdate = "installationUpdate",
        /// Something that waits for an answer.
        Invoke = "invoke",
        /// A read receipt or a meeting event.
        Event = "event",
        /// Somebody types.
        Typing = "typing",
        /// A command of the protocol; not expected from Teams.
        Command = "command",
        /// The result of one; not expected from Teams.
        CommandResult = "commandResult",
        /// A hand-over; not expected from Teams.
        Handoff = "handoff",
        /// The end of a conversation; not expected from Teams.
        EndOfConversation = "endOfConversation",
        /// Diagnostics; not expected from Teams.
        Trace = "trace",
    }
}

open_enum! {
    /// What `channelData.eventType` says has happened (protocol reference §3.2, §3.3).
    pub enum ChannelEventType {
        /// People or the bot joined the team.
        TeamMemberAdded = "teamMemberAdded",
        /// People or the bot left the team.
        TeamMemberRemoved = "teamMemberRemoved",
        /// A channel was created.
        ChannelCreated = "channelCreated",
        /// A channel got another name.
        ChannelRenamed = "channelRenamed",
        /// A channel was deleted; it may be restored.
        ChannelDeleted = "channelDeleted",
        /// A deleted channel came back.
        ChannelRestored = "channelRestored",
        /// A channel was shared with another team.
        ChannelShared = "channelShared",
        /// A shared channel was taken from a team.
        ChannelUnshared = "channelUnshared",
        /// Somebody joined a shared or private channel.
        ChannelMemberAdded = "channelMemberAdded",
        /// Somebody left a shared or private channel.
        ChannelMemberRemoved = "channelMemberRemoved",
        /// The team got another name.
        TeamRenamed = "teamRenamed",
        /// The team was deleted; it may be restored.
        TeamDeleted = "teamDeleted",
        /// The team was deleted for good.
        TeamHardDeleted = "teamHardDeleted",
        /// A deleted team came back.
        TeamRestored = "teamRestored",
        /// The team became read-only.
        TeamArchived = "teamArchived",
        /// The team can be written to again.
        TeamUnarchived = "teamUnarchived",
        /// A message was edited.
        EditMessage = "editMessage",
        /// The deletion of a message was taken back.
        UndeleteMessage = "undeleteMessage",
        /// A message was deleted by its author.
        SoftDeleteMessage = "softDeleteMessage",
    }
}

open_enum! {
    /// What happened to the app's installation (`action` of an `installationUpdate`).
    ///
    /// "Not add" does not mean removal: an upgrade that brings the bot is
    /// [`AddUpgrade`](Self::AddUpgrade) (protocol reference §6.1).
    pub enum InstallationAction {
        /// The app was installed.
        Add = "add",
        /// The app was removed.
        Remove = "remove",
        /// An upgrade of the app brought the bot.
        AddUpgrade = "add-upgrade",
        /// An upgrade of the app took the bot away.
        RemoveUpgrade = "remove-upgrade",
    }
}

impl InstallationAction {
    /// Whether the bot is there now.
    #[must_use]
    pub fn installs(&self) -> bool {
        matches!(self, Self::Add | Self::AddUpgrade)
    }

    /// Whether the bot is gone now.
    #[must_use]
    pub fn removes(&self) -> bool {
        matches!(self, Self::Remove | Self::RemoveUpgrade)
    }
}

open_enum! {
    /// How the text of a message is to be read.
    pub enum TextFormat {
        /// As it is.
        Plain = "plain",
        /// A subset of Markdown.
        Markdown = "markdown",
        /// A subset of HTML.
        Xml = "xml",
        /// A preview value of Microsoft's SDKs.
        ExtendedMarkdown = "extendedmarkdown",
    }
}

open_enum! {
    /// How urgent a message is; Teams marks `high`.
    pub enum Importance {
        /// Below the rest.
        Low = "low",
        /// As any message.
        Normal = "normal",
        /// Marked as important.
        High = "high",
    }
}

open_enum! {
    /// How several attachments are laid out.
    pub enum AttachmentLayout {
        /// One below the other.
        List = "list",
        /// Side by side.
        Carousel = "carousel",
    }
}

open_enum! {
    /// A reaction to a message; newer clients send other emoji names too.
    pub enum ReactionType {
        /// 👍
        Like = "like",
        /// ❤️
        Heart = "heart",
        /// 😆
        Laugh = "laugh",
        /// 😮
        Surprised = "surprised",
        /// 🙁
        Sad = "sad",
        /// 😠
        Angry = "angry",
    }
}
