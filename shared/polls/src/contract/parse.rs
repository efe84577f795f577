//! The fields of a definition.

use super::questions::questions;
use super::translations::translations;
use super::weight;
use crate::definition::{
    Closing, ClosingTime, Definition, Kind, Quorum, ResultsVisibility, Rule, Schedule,
};
use activity::ids::TenantId;
use notifications::contract::fields::{
    audience, choice, duration, flag, line, opaque, time, topic_name,
};
use notifications::contract::walk::{At, Walk, quote};
use notifications::{Address, Audience, TopicName};
use std::time::Duration;

/// The longest title, and the longest text of a question, in characters.
pub(crate) const LINE: usize = 300;
/// The longest name of an owner, in characters.
pub(crate) const OWNER_NAME: usize = 100;
/// Most addresses in `to`, as a notification has.
const TO_MOST: usize = 1000;
const OWNERS_MOST: usize = 20;
const REMINDERS_MOST: usize = 5;
/// Fewer voters than this could be guessed from an anonymous result.
const LEAST_THRESHOLD: u64 = 5;
const MOST_THRESHOLD: u64 = 1000;

pub(super) fn definition(walk: &mut Walk, at: &At<'_>) -> Option<Definition> {
    let mut fields = at.fields(walk, "an object: a poll")?;
    if let Some(at) = fields.get("specversion")
        && at.value.as_str() != Some("1")
    {
        let found = at.value.as_str().map_or("something else".into(), quote);
        walk.problem(&at.path, found, "\"1\"");
    }
    let id = fields.get("id").and_then(|at| {
        const EXPECTED: &str = "a poll id: 1 to 64 of a-z, 0-9 and -";
        match at.str(walk, EXPECTED)?.parse() {
            Ok(id) => Some(id),
            Err(_) => at.wrong(walk, EXPECTED),
        }
    });
    let tenant = fields.get("tenant").and_then(|at| {
        opaque(walk, &at, 128).map(|tenant| TenantId::new(tenant.to_ascii_lowercase()))
    });
    let title = fields
        .require(walk, "title", "what the poll is about, in one line")
        .and_then(|at| line(walk, &at, LINE));
    let owner = fields
        .require(walk, "owner", "whose poll it is: aad:, upn: or mail:")
        .and_then(|at| owner(walk, &at));
    let owner_name = fields
        .get("ownerName")
        .and_then(|at| line(walk, &at, OWNER_NAME));
    let co_owners = fields.get("coOwners").map_or_else(Vec::new, |at| {
        let list = at.list(walk, "a list of addresses of people", OWNERS_MOST);
        let list = list.unwrap_or_default();
        list.iter().filter_map(|at| self::owner(walk, at)).collect()
    });
    let to = fields
        .require(walk, "to", "a list of addresses: who is asked")
        .and_then(|at| audience(walk, &at, TO_MOST));
    let topic = match fields.get("topic") {
        Some(at) => topic_name(walk, &at),
        None => default_topic(),
    };
    let questions = fields
        .require(walk, "questions", "a list of 1 to 10 questions")
        .and_then(|at| questions(walk, &at));
    let mut yes = |walk: &mut Walk, name, default| match fields.get(name) {
        Some(at) => flag(walk, &at).unwrap_or(default),
        None => default,
    };
    let anonymous = yes(walk, "anonymous", false);
    let may_change = yes(walk, "mayChange", true);
    let may_add = yes(walk, "mayAdd", false);
    let tell_everybody = yes(walk, "tellEverybody", false);
    let results = fields.get("results").and_then(|at| {
        let words = [
            ("live", ResultsVisibility::Live),
            ("after-voting", ResultsVisibility::AfterVoting),
            ("after-closing", ResultsVisibility::AfterClosing),
            ("owner", ResultsVisibility::Owner),
        ];
        choice(walk, &at, &words)
    });
    let results = results.unwrap_or_default();
    let schedule = fields.get("schedule").and_then(|at| schedule(walk, &at));
    let closes = fields
        .get("closes")
        .and_then(|at| closing(walk, &at, schedule.as_ref(), to.as_ref()));
    let closes = closes.unwrap_or_default();
    let remind = fields
        .get("remind")
        .map_or_else(Vec::new, |at| reminders(walk, &at, &closes));
    let threshold = fields
        .get("threshold")
        .and_then(|at| threshold(walk, &at, anonymous));
    let translations = match (fields.get("translations"), &questions) {
        (Some(at), Some(questions)) => translations(walk, &at, questions),
        _ => Default::default(),
    };
    let extensions = fields.end(walk);
    if may_add
        && !questions
            .iter()
            .flatten()
            .any(|question| may_grow(&question.kind))
    {
        walk.problem(
            "mayAdd",
            "true",
            "false: only single and multiple choices can be added to",
        );
    }
    if tell_everybody && results == ResultsVisibility::Owner {
        walk.problem("tellEverybody", "true", "false when results is owner");
    }
    let definition = Definition {
        id,
        tenant,
        title: title?,
        owner: owner?,
        owner_name,
        co_owners,
        to: to?,
        topic: topic?,
        questions: questions?,
        anonymous,
        results,
        may_change,
        may_add,
        schedule,
        closes,
        remind,
        tell_everybody,
        threshold: threshold.unwrap_or(if anonymous { LEAST_THRESHOLD } else { 0 }),
        translations,
        extensions,
    };
    weight::check(walk, &definition);
    Some(definition)
}

/// Whether voters can add choices to a question of this kind.
pub(crate) fn may_grow(kind: &Kind) -> bool {
    matches!(kind, Kind::Single { .. } | Kind::Multiple { .. })
}

/// `polls`, which every poll has that names no other.
pub(super) fn default_topic() -> Option<TopicName> {
    "polls".parse().ok()
}

/// A person by a name that holds outside of one bot.
fn owner(walk: &mut Walk, at: &At<'_>) -> Option<Address> {
    const EXPECTED: &str = "the address of one person: aad:, upn: or mail:";
    let text = at.str(walk, EXPECTED)?;
    match text.parse::<Address>() {
        Ok(address @ (Address::Aad(_) | Address::Upn(_) | Address::Mail(_))) => Some(address),
        Ok(address) => {
            let found = format!("an address of the kind {}", quote(address.kind()));
            walk.problem(&at.path, found, EXPECTED);
            None
        }
        Err(_) => at.wrong(walk, EXPECTED),
    }
}

pub(super) fn schedule(walk: &mut Walk, at: &At<'_>) -> Option<Schedule> {
    const RULES: &str = "one of at, cron, rate and rrule";
    let mut fields = at.fields(walk, "an object: {at | cron | rate | rrule, zone?}")?;
    let mut rules = Vec::new();
    type Make = fn(String) -> Rule;
    let makers: [(&str, Make); 4] = [
        ("at", Rule::At),
        ("cron", Rule::Cron),
        ("rate", Rule::Rate),
        ("rrule", Rule::Rrule),
    ];
    let mut named = Vec::new();
    for (name, make) in makers {
        if let Some(at) = fields.get(name) {
            named.push(name);
            rules.extend(line(walk, &at, 500).map(make));
        }
    }
    let mut said =
        |walk: &mut Walk, name, most| fields.get(name).and_then(|at| line(walk, &at, most));
    let zone = said(walk, "zone", 64);
    let start = said(walk, "start", 64);
    let end = said(walk, "end", 64);
    fields.end(walk);
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '-' | '/');
    if zone.as_deref().is_some_and(|zone| !zone.chars().all(fits)) {
        walk.problem(
            &format!("{}.zone", at.path),
            "something else",
            "an IANA time zone, such as Europe/Madrid",
        );
        return None;
    }
    if named.len() != 1 {
        let found = match named.as_slice() {
            [] => "none of them".to_owned(),
            several => several.join(", "),
        };
        walk.problem(&at.path, found, RULES);
        return None;
    }
    Some(Schedule {
        rule: rules.pop()?,
        zone,
        start,
        end,
    })
}

fn closing(
    walk: &mut Walk,
    at: &At<'_>,
    schedule: Option<&Schedule>,
    to: Option<&Audience>,
) -> Option<Closing> {
    let mut fields = at.fields(walk, "an object: {after | at, quorum?}")?;
    let after = fields.get("after");
    let time_at = fields.get("at");
    let both = after.is_some() && time_at.is_some();
    let after = after.and_then(|at| duration(walk, &at));
    let mut fixed = time_at.as_ref().and_then(|at| time(walk, at));
    if both {
        walk.problem(&at.path, "both after and at", "one of them");
    }
    let again = schedule.is_some_and(|schedule| !matches!(schedule.rule, Rule::At(_)));
    if let (Some(at), true) = (&time_at, again) {
        walk.problem(
            &at.path,
            "one time for a poll that is asked again and again",
            "after, counted from each opening",
        );
        fixed = None;
    }
    let quorum = fields.get("quorum").and_then(|at| quorum(walk, &at, to));
    fields.end(walk);
    let time = after.map(ClosingTime::After).or(fixed.map(ClosingTime::At));
    Some(Closing { time, quorum })
}

fn quorum(walk: &mut Walk, at: &At<'_>, to: Option<&Audience>) -> Option<Quorum> {
    const EXPECTED: &str = "a whole number of voters, or a percentage such as \"60%\"";
    if let Some(voters) = at.value.as_u64() {
        return if voters == 0 {
            at.wrong(walk, EXPECTED)
        } else {
            Some(Quorum::Voters(voters))
        };
    }
    let percent = at.str(walk, EXPECTED)?.trim().strip_suffix('%');
    let percent = percent.and_then(|number| number.trim().parse().ok());
    let Some(percent @ 1..=100) = percent else {
        return at.wrong(walk, EXPECTED);
    };
    // Nobody knows how many people will read a channel.
    let many = |address: &Address| {
        matches!(
            address,
            Address::Channel(_) | Address::Thread(_) | Address::Chat(_)
        )
    };
    if to.is_some_and(|to| to.include.iter().any(many)) {
        walk.problem(
            &at.path,
            "a percentage of a channel or chat",
            "a number of voters",
        );
        return None;
    }
    Some(Quorum::Percent(percent))
}

fn reminders(walk: &mut Walk, at: &At<'_>, closes: &Closing) -> Vec<Duration> {
    let list = at.list(
        walk,
        "a list of durations after the opening",
        REMINDERS_MOST,
    );
    let mut reminders: Vec<Duration> = Vec::new();
    for element in list.unwrap_or_default() {
        let Some(after) = duration(walk, &element) else {
            continue;
        };
        if let Some(ClosingTime::After(end)) = closes.time
            && after >= end
        {
            walk.problem(
                &element.path,
                "a reminder after the closing",
                "less than closes.after",
            );
        } else if reminders.last().is_some_and(|last| *last >= after) {
            walk.problem(
                &element.path,
                "a duration not longer than the one before",
                "durations in their order",
            );
        } else {
            reminders.push(after);
        }
    }
    reminders
}

fn threshold(walk: &mut Walk, at: &At<'_>, anonymous: bool) -> Option<u64> {
    let least = if anonymous { LEAST_THRESHOLD } else { 0 };
    match at.value.as_u64() {
        Some(voters) if (least..=MOST_THRESHOLD).contains(&voters) => Some(voters),
        found => {
            let found = found.map_or("something else".to_owned(), |n| n.to_string());
            let who = if anonymous {
                " for an anonymous poll"
            } else {
                ""
            };
            let expected = format!("a whole number from {least} to {MOST_THRESHOLD}{who}");
            walk.problem(&at.path, found, expected);
            None
        }
    }
}
