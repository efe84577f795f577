//! From addresses to lists of recipients.

use activity::ids::TenantId;
use notifications::{
    Address, Audience, DefaultSubscription, FailureCode, RecipientKey, Topic, TopicName,
};

use crate::Store;
use crate::audience::{Audiences, Source};
use crate::error::StoreError;
use crate::finding::PersonId;
use crate::ledger::Unreachable;

/// Why an address leads to nobody, as the ledger says it.
mod why {
    pub(super) const PERSON: &str = "unreachable-unknown-person";
    pub(super) const TEAM: &str = "unreachable-unknown-team";
    pub(super) const ALIAS: &str = "unreachable-unknown-alias";
}

/// An audience as lists that can be walked through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// Whoever is in one of these …
    pub include: Vec<Source>,
    /// … and in none of these.
    pub exclude: Vec<Source>,
    /// Addresses to be told that lead to nobody.
    pub unreachable: Vec<Unreachable>,
}

impl Audiences<'_> {
    /// Looks an audience up, as far as the table knows the people.
    ///
    /// A person who is addressed by an id that Teams can reach (`aad:`, `29:`)
    /// counts as known: the delivery tries to open a conversation. So does a
    /// channel or chat: the delivery finds out whether the bot is there. What is
    /// taken away and leads to nobody takes nobody away.
    ///
    /// # Errors
    ///
    /// [`StoreError`], as every operation.
    pub async fn resolve(
        &self,
        tenant: &TenantId,
        topic: &Topic,
        audience: &Audience,
    ) -> Result<Resolved, StoreError> {
        let lookup = Lookup {
            store: self.store,
            tenant,
            topic,
        };
        let mut resolved = Resolved::default();
        let include = lookup.lists(&audience.include).await?;
        resolved.include = include.sources;
        resolved.unreachable = include.unreachable;
        let exclude = lookup.lists(&audience.exclude).await?;
        resolved.exclude = exclude.sources;
        // Whoever left another topic that everybody gets by default is not one
        // of its subscribers. (Whoever left this notification's own topic is
        // skipped when it is sent, so that the ledger can say why.)
        resolved.exclude.extend(include.left);
        Ok(resolved)
    }
}

struct Lookup<'a> {
    store: &'a Store,
    tenant: &'a TenantId,
    topic: &'a Topic,
}

#[derive(Default)]
struct Lists {
    sources: Vec<Source>,
    left: Vec<Source>,
    unreachable: Vec<Unreachable>,
}

impl Lookup<'_> {
    async fn lists(&self, addresses: &[Address]) -> Result<Lists, StoreError> {
        let mut lists = Lists::default();
        let mut listed: Vec<RecipientKey> = Vec::new();
        let mut people: Vec<(&Address, PersonId)> = Vec::new();
        for address in addresses {
            match address {
                Address::Aad(_) | Address::Channel(_) | Address::Chat(_) | Address::Thread(_) => {
                    listed.extend(address.recipient());
                }
                Address::Upn(name) => people.push((address, PersonId::Upn(name.clone()))),
                Address::Mail(mail) => people.push((address, PersonId::Mail(mail.clone()))),
                Address::User(user) => people.push((address, PersonId::User(user.clone()))),
                Address::Everyone => lists.sources.push(Source::Everyone),
                Address::Topic(name) => self.subscribers(name, &mut lists).await?,
                Address::Roster(team) => {
                    let known = self.store.teams().get(team).await?;
                    match known.filter(|team| team.has_the_app() && team.tenant == *self.tenant) {
                        Some(_) => lists.sources.push(Source::Team(team.clone())),
                        None => lists.unreachable.push(nobody(address, why::TEAM)),
                    }
                }
                Address::Alias(name) => match self.store.aliases().get(self.tenant, name).await? {
                    Some(alias) => listed.push(alias.target),
                    None => lists.unreachable.push(nobody(address, why::ALIAS)),
                },
            }
        }
        self.find(&people, &mut listed, &mut lists.unreachable)
            .await?;
        if !listed.is_empty() {
            lists.sources.push(Source::Listed(listed));
        }
        Ok(lists)
    }

    /// The people who are known by another id than the one that keys them, in one request for up to a hundred.
    async fn find(
        &self,
        people: &[(&Address, PersonId)],
        listed: &mut Vec<RecipientKey>,
        unreachable: &mut Vec<Unreachable>,
    ) -> Result<(), StoreError> {
        if people.is_empty() {
            return Ok(());
        }
        let ids: Vec<PersonId> = people.iter().map(|(_, id)| id.clone()).collect();
        let found = self.store.people().find_all(self.tenant, &ids).await?;
        for ((address, id), key) in people.iter().zip(found) {
            match (key, id) {
                (Some(key), _) => listed.push(key),
                (None, PersonId::User(user)) => {
                    listed.push(RecipientKey::person_by_teams_id(user));
                }
                (None, _) => unreachable.push(nobody(address, why::PERSON)),
            }
        }
        Ok(())
    }

    /// Those who subscribed; of a topic that everybody gets by default, those who did not leave it.
    async fn subscribers(&self, name: &TopicName, lists: &mut Lists) -> Result<(), StoreError> {
        lists.sources.push(Source::Subscribers(name.clone()));
        let own = *name == self.topic.name;
        let default = if own {
            self.topic.default
        } else {
            let other = self.store.topics().get(self.tenant, name).await?;
            other.map_or(DefaultSubscription::default(), |topic| topic.default)
        };
        if default == DefaultSubscription::OptOut {
            lists.sources.push(Source::Everyone);
            if !own {
                lists.left.push(Source::Unsubscribed(name.clone()));
            }
        }
        Ok(())
    }
}

fn nobody(address: &Address, why: &str) -> Unreachable {
    Unreachable {
        address: address.clone(),
        why: FailureCode::new(why),
    }
}
