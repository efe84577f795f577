//! A fault file in use: which rule meets which request.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::rule::{About, Effect, Requests, Rule, Share};
use super::{End, FaultFile, FaultFileError, FaultsMet, Trouble};
use crate::model::{Model, Place};
use crate::{Operation, Reply};

/// A fault file in use.
pub(crate) struct Plan {
    pub(crate) file: FaultFile,
    started: Timestamp,
    rules: Vec<Planned>,
    seen: Mutex<Vec<Seen>>,
}

struct Planned {
    line: usize,
    requests: Requests,
    places: BTreeSet<Place>,
    people: Vec<Share>,
    effect: Effect,
}

/// What a rule has seen.
#[derive(Default)]
struct Seen {
    /// Requests that it is for, of each conversation.
    of_each: HashMap<Option<Place>, u64>,
    /// The same in all.
    in_all: u64,
    met_of_each: HashMap<Option<Place>, u64>,
    met: u64,
    /// When the latest request about a conversation came.
    latest: HashMap<Place, Timestamp>,
}

/// A request, as rules look at it.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) operation: Operation,
    pub(crate) place: Option<Place>,
    pub(crate) at: Timestamp,
}

impl Plan {
    /// Looks up whom and what the file names.
    pub(crate) fn new(
        file: &FaultFile,
        model: &Model,
        started: Timestamp,
    ) -> Result<Self, FaultFileError> {
        let rules: Vec<Planned> = file
            .rules
            .iter()
            .map(|rule| Planned::new(rule, model))
            .collect::<Result<_, _>>()?;
        let seen = rules.iter().map(|_| Seen::default()).collect();
        Ok(Self {
            file: file.clone(),
            started,
            rules,
            seen: Mutex::new(seen),
        })
    }

    /// What goes wrong with a request. The first rule that decides how it ends
    /// is the last that is asked.
    pub(crate) fn before(&self, asked: Asked) -> Trouble {
        let mut trouble = Trouble::default();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for (number, (rule, seen)) in (0..).zip(self.rules.iter().zip(seen.iter_mut())) {
            if !self.is_for(number, rule, asked) || !rule.meets(self.file.seed, number, seen, asked)
            {
                continue;
            }
            trouble.happens.extend(rule.effect.happens);
            trouble.delay += rule.effect.delay.unwrap_or_default();
            trouble.end = match rule.effect.race {
                Some(_) => End::Answer {
                    reply: Reply::precondition_failed(),
                    accepted: false,
                },
                None => rule.effect.end.clone(),
            };
            if !matches!(trouble.end, End::Serve) {
                break;
            }
        }
        trouble
    }

    /// How often each rule was met.
    pub(crate) fn met(&self) -> Vec<FaultsMet> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let rules = self.rules.iter().zip(seen.iter());
        rules
            .map(|(rule, seen)| FaultsMet {
                line: rule.line,
                what: rule.effect.to_string(),
                times: seen.met,
            })
            .collect()
    }

    fn is_for(&self, number: u64, rule: &Planned, asked: Asked) -> bool {
        let age = Duration::try_from(asked.at.duration_since(self.started)).unwrap_or_default();
        let requests = &rule.requests;
        let of_kind = match requests.operations.as_slice() {
            [] => asked.operation.is_of_the_connector(),
            operations => operations.contains(&asked.operation),
        };
        of_kind
            && age >= requests.after
            && requests.until.is_none_or(|until| age < until)
            && rule.is_about(self.file.seed, number, asked.place)
    }
}

impl Planned {
    fn new(rule: &Rule, model: &Model) -> Result<Self, FaultFileError> {
        let mut places = BTreeSet::new();
        let mut people = Vec::new();
        for about in &rule.requests.about {
            match about {
                About::People(share) => people.push(*share),
                About::Person { name, line } => {
                    let person = model.find_person(name).map(Place::Personal);
                    let found = person.or_else(|| model.place(name));
                    places.insert(found.ok_or_else(|| nobody(name, *line, model))?);
                }
                About::Conversation { name, line } => {
                    let found = model.place_called(name);
                    places.insert(found.ok_or_else(|| FaultFileError {
                        line: *line,
                        found: format!("\"{name}\", which is no conversation here"),
                        expected: "the id or the name of a channel or a chat".to_owned(),
                    })?);
                }
            }
        }
        Ok(Self {
            line: rule.line,
            requests: rule.requests.clone(),
            places,
            people,
            effect: rule.effect.clone(),
        })
    }

    fn is_about(&self, seed: u64, number: u64, place: Option<Place>) -> bool {
        let person = match place {
            Some(Place::Personal(person)) => Some(person),
            _ => None,
        };
        let needs_person = self.effect.happens.is_some_and(|h| h.is_about_a_person());
        if needs_person && person.is_none() {
            return false;
        }
        if self.places.is_empty() && self.people.is_empty() {
            return true;
        }
        let chosen = |share: &Share| {
            person.is_some_and(|person| share.has(mixed(&[seed, number, person.into()])))
        };
        place.is_some_and(|place| self.places.contains(&place)) || self.people.iter().any(chosen)
    }

    /// Counts a request that the rule is for; whether the rule meets it.
    fn meets(&self, seed: u64, number: u64, seen: &mut Seen, asked: Asked) -> bool {
        seen.in_all += 1;
        let of_this = seen.of_each.entry(asked.place).or_default();
        *of_this += 1;
        let requests = &self.requests;
        let (kind, one, two) = match asked.place {
            None => (0, 0, 0),
            Some(Place::Personal(person)) => (1, person.into(), 0),
            Some(Place::Chat(chat)) => (2, chat.into(), 0),
            Some(Place::Channel(team, channel)) => (3, team.into(), channel.into()),
        };
        let chance = mixed(&[seed, number, kind, one, two, *of_this]);
        let met_of_this = seen.met_of_each.get(&asked.place).copied();
        let meets = requests
            .every
            .is_none_or(|every| seen.in_all.is_multiple_of(every))
            && requests.rate.is_none_or(|rate| rate.has(chance))
            && requests.first.is_none_or(|first| seen.met < first)
            && requests
                .first_each
                .is_none_or(|first| met_of_this.unwrap_or(0) < first)
            && self.effect.race.is_none_or(|within| {
                asked
                    .place
                    .is_some_and(|place| seen.came(place, asked.at, within))
            });
        if meets {
            seen.met += 1;
            *seen.met_of_each.entry(asked.place).or_default() += 1;
        }
        meets
    }
}

impl Seen {
    /// Whether another request about this conversation came so shortly before.
    fn came(&mut self, place: Place, at: Timestamp, within: Duration) -> bool {
        let latest = self.latest.get(&place).copied();
        let races = latest.is_some_and(|latest| {
            Duration::try_from(at.duration_since(latest)).is_ok_and(|age| age < within)
        });
        if !races {
            // One that loses the race changes nothing, so the next one does not race with it.
            self.latest.insert(place, at);
        }
        races
    }
}

fn nobody(name: &str, line: usize, model: &Model) -> FaultFileError {
    let known: Vec<String> = model.people.iter().take(5).map(|p| p.name()).collect();
    FaultFileError {
        line,
        found: format!("\"{name}\", whom nobody here is called"),
        expected: match known.as_slice() {
            [] => "a conversation id: there is nobody".to_owned(),
            known => format!("a person, such as {}", known.join(", ")),
        },
    }
}

/// A number that follows from these, and is as likely as any other (SplitMix64).
fn mixed(numbers: &[u64]) -> u64 {
    numbers.iter().fold(0, |state, number| {
        let mut z = (state ^ number).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}
