//! A team, as the table has it.

use activity::ids::{ConversationId, TeamId, TenantId};
use jiff::Timestamp;
use notifications::RecipientKey;

use crate::change::Change;
use crate::conversation::{ARCHIVED, NAME, TENANT};
use crate::error::StoreError;
use crate::installer::INSTALLER;
use crate::item::{Attributes, Item, mark, s};
use crate::keys;
use crate::person::{REMOVED, WELCOMED};
use crate::reference::Service;

pub(crate) const ENTITY: &str = "team";

pub(crate) const GROUP: &str = "group";
pub(crate) const NAMED_AT: &str = "named_at";
pub(crate) const ARCHIVED_AT: &str = "archived_at";
pub(crate) const SYNC: &str = "sync";
pub(crate) const SYNCED: &str = "synced";
const LISTED: &str = "listed";

/// What an activity tells about a team that has the app.
#[derive(Clone, Debug)]
pub struct SeenTeam {
    /// The team.
    pub team: TeamId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Where its Connector is.
    pub service: Service,
    /// Its name, if it was told.
    pub name: Option<String>,
    /// Its Microsoft 365 group, if it was told.
    pub group: Option<String>,
    /// When it was so: the activity's own time. What is later stands.
    pub at: Timestamp,
}

/// A team.
#[derive(Clone, Debug)]
pub struct Team {
    /// The team.
    pub id: TeamId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its name, if one was told.
    pub name: Option<String>,
    /// Its Microsoft 365 group, if one was told.
    pub group: Option<String>,
    /// Where its Connector is; `None` when the bot was removed.
    pub service: Option<Service>,
    /// Whether it is archived.
    pub archived: bool,
    /// Whether the channel that was picked when it installed the app was
    /// welcomed.
    pub welcomed: bool,
    /// When the last reading of its roster that was finished began.
    pub roster_as_of: Option<Timestamp>,
    /// Who installed the app.
    pub installer: Option<RecipientKey>,
}

impl Team {
    /// Whether the team has the app.
    #[must_use]
    pub fn has_the_app(&self) -> bool {
        self.service.is_some()
    }

    pub(crate) fn read(id: &TeamId, item: &Item) -> Result<Self, StoreError> {
        let read = Attributes::of(ENTITY, item);
        let service = match read.has(REMOVED) {
            true => None,
            false => Service::read(&read)?,
        };
        Ok(Self {
            id: id.clone(),
            tenant: TenantId::new(read.need_text(TENANT)?),
            name: read.text(NAME).map(str::to_owned),
            group: read.text(GROUP).map(str::to_owned),
            service,
            archived: read.has(ARCHIVED),
            welcomed: read.has(WELCOMED),
            roster_as_of: read.time(SYNCED),
            installer: read.parsed(INSTALLER)?,
        })
    }
}

/// A channel in a team's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamChannel {
    /// The channel.
    pub id: ConversationId,
    /// Its name, if one was told; the General channel has none.
    pub name: Option<String>,
}

/// Puts a channel on its team's list.
pub(crate) fn list_channel(team: &TeamId, channel: &ConversationId, name: Option<&str>) -> Change {
    let change = Change::update(keys::team_channel(team, channel)).set(LISTED, mark());
    match name {
        Some(name) => change.set(NAME, s(name)),
        None => change,
    }
}
