//! What each address of `to` stands for, before the set algebra.

use std::collections::BTreeSet;

use activity::TenantId;
use notifications::{Address, Audience, Topic};
use serde::Serialize;
use store::{Source, Store};

/// How many recipients of a list are read together.
const TOGETHER: usize = 1_000;

/// What an address stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Counted {
    /// The address, with a `-` in front if it takes away.
    pub(super) address: String,
    /// Whether it takes away.
    pub(super) takes_away: bool,
    /// How many recipients it stands for; none, if it leads to nobody.
    pub(super) recipients: u64,
}

/// What the set algebra does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Algebra {
    /// Each address and its recipients, in the order of `to`.
    pub(super) addresses: Vec<Counted>,
    /// Everybody whom an address names, each once.
    pub(super) named: u64,
}

impl Algebra {
    /// Recipients that more than one address names, counted once for each address after the first.
    pub(super) fn doubles(&self) -> u64 {
        let sum: u64 = self
            .addresses
            .iter()
            .filter(|one| !one.takes_away)
            .map(|one| one.recipients)
            .sum();
        sum.saturating_sub(self.named)
    }
}

/// Counts what each address stands for, and everybody together.
pub(super) async fn count(
    store: &Store,
    tenant: &TenantId,
    topic: &Topic,
    audience: &Audience,
) -> anyhow::Result<Algebra> {
    let mut algebra = Algebra::default();
    let sides = [(&audience.include, false), (&audience.exclude, true)];
    for (addresses, takes_away) in sides {
        // People and places are one recipient or none: they are looked up together.
        let singles: Vec<Address> = addresses
            .iter()
            .filter(|one| !is_list(one))
            .cloned()
            .collect();
        let nobody = nobodies(store, tenant, topic, singles).await?;
        for address in addresses {
            let recipients = if is_list(address) {
                list(store, tenant, topic, address).await?
            } else {
                u64::from(!nobody.contains(&address.to_string()))
            };
            let minus = if takes_away { "-" } else { "" };
            algebra.addresses.push(Counted {
                address: format!("{minus}{address}"),
                takes_away,
                recipients,
            });
        }
    }
    let everybody = Audience {
        include: audience.include.clone(),
        exclude: Vec::new(),
    };
    algebra.named = match &algebra.addresses[..] {
        // A single list was counted above.
        [only] => only.recipients,
        _ => together(store, tenant, topic, &everybody).await?,
    };
    Ok(algebra)
}

fn is_list(address: &Address) -> bool {
    matches!(
        address,
        Address::Everyone | Address::Roster(_) | Address::Topic(_)
    )
}

async fn nobodies(
    store: &Store,
    tenant: &TenantId,
    topic: &Topic,
    singles: Vec<Address>,
) -> anyhow::Result<BTreeSet<String>> {
    let audience = Audience {
        include: singles,
        exclude: Vec::new(),
    };
    let resolved = store.audiences().resolve(tenant, topic, &audience).await?;
    let nobody = resolved.unreachable.iter();
    Ok(nobody.map(|one| one.address.to_string()).collect())
}

async fn list(
    store: &Store,
    tenant: &TenantId,
    topic: &Topic,
    address: &Address,
) -> anyhow::Result<u64> {
    let audience = Audience {
        include: vec![address.clone()],
        exclude: Vec::new(),
    };
    together(store, tenant, topic, &audience).await
}

async fn together(
    store: &Store,
    tenant: &TenantId,
    topic: &Topic,
    audience: &Audience,
) -> anyhow::Result<u64> {
    let resolved = store.audiences().resolve(tenant, topic, audience).await?;
    let lists: (Vec<Source>, Vec<Source>) = (resolved.include, resolved.exclude);
    let audiences = store.audiences();
    let mut walk = audiences.walk(tenant, lists.0, lists.1, None);
    let mut count = 0;
    loop {
        let found = walk.next(TOGETHER).await?;
        count += found.recipients.len() as u64;
        if found.finished {
            return Ok(count);
        }
    }
}
