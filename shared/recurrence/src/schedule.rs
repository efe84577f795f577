//! When the next time is.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::cron::CronRule;
use crate::local;
use crate::rate::Rate;
use crate::recurring::Recurring;
use crate::spec::{Spec, WrongFields, Wrongs};

/// When something happens: once or again and again.
#[derive(Clone, Debug)]
pub struct Schedule {
    zone: TimeZone,
    rule: Rule,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

#[derive(Clone, Debug)]
enum Rule {
    Once(Timestamp),
    Cron(Box<CronRule>),
    Rate(Rate, Timestamp),
    Recurring(Box<Recurring>),
}

/// Why a schedule that is well written cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Its last time is past.
    #[error("{}", past(.next.as_ref(), .zone))]
    Past {
        /// The next time at which it would be possible, if there is one: the
        /// same time of day, or what the rule says without its `end`.
        next: Option<Timestamp>,
        /// On whose clock.
        zone: String,
    },
    /// There is no such time, as the 30th of February.
    #[error("it never happens: there is no such time")]
    Never,
}

/// For people: on the schedule's own clock.
fn past(next: Option<&Timestamp>, zone: &str) -> String {
    let at = |next: &Timestamp| {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let next = next.to_zoned(zone);
        next.strftime("%Y-%m-%dT%H:%M").to_string()
    };
    match next {
        Some(next) => format!(
            "its time is past; the next possible time is {} {zone}",
            at(next)
        ),
        None => "its time is past".to_owned(),
    }
}

impl Schedule {
    /// Reads a schedule that somebody writes at `now`.
    ///
    /// A rate without a `start` begins now.
    ///
    /// # Errors
    ///
    /// [`WrongFields`]: every field that is wrong, with what was expected.
    pub fn parse(spec: &Spec<'_>, now: Timestamp) -> Result<Self, WrongFields> {
        let mut wrongs = Wrongs::default();
        let zone = match spec.zone {
            None => TimeZone::UTC,
            Some(name) => {
                let zone = TimeZone::get(name.trim()).map_err(|_| {
                    "a name of the IANA time zone database, as in Europe/Madrid".to_owned()
                });
                wrongs.take("zone", name, zone).unwrap_or(TimeZone::UTC)
            }
        };
        let mut time = |field, text: Option<&str>| {
            text.and_then(|text| wrongs.take(field, text, local::read(&zone, text)))
        };
        let start = time("start", spec.start);
        let end = time("end", spec.end);
        if let (Some(start), Some(end)) = (start, end)
            && end < start
        {
            wrongs.add("end", "a time before start", "a time after start");
        }
        let rule = rule(spec, &zone, start, now, &mut wrongs);
        wrongs.none()?;
        let rule = rule.ok_or_else(|| WrongFields(Vec::new()))?;
        Ok(Self {
            zone,
            rule,
            start,
            end,
        })
    }

    /// The first time after this instant; `None` when there is none any more.
    ///
    /// Never twice the same: fed with its own answer it goes on and on.
    #[must_use]
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let next = self.next_without_end(after)?;
        match self.end {
            Some(end) if next > end => None,
            _ => Some(next),
        }
    }

    /// The first time from `now` on.
    ///
    /// # Errors
    ///
    /// [`Refused`]: there is none, and whether there will be another.
    pub fn first(&self, now: Timestamp) -> Result<Timestamp, Refused> {
        let just_before = now.checked_sub(1.nanosecond()).unwrap_or(now);
        if let Some(first) = self.next_after(just_before) {
            return Ok(first);
        }
        let next = match &self.rule {
            Rule::Once(at) => self.same_time_of_day(*at, now),
            _ => self.next_without_end(just_before),
        };
        // What has neither a time now nor one without its end may have had times before.
        if next.is_none() && self.next_after(Timestamp::UNIX_EPOCH).is_none() {
            return Err(Refused::Never);
        }
        let zone = self.zone_name().to_owned();
        Err(Refused::Past { next, zone })
    }

    /// Whether it can happen more than once.
    #[must_use]
    pub fn recurs(&self) -> bool {
        !matches!(self.rule, Rule::Once(_))
    }

    /// The name of the zone whose clock is meant.
    #[must_use]
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    fn next_without_end(&self, after: Timestamp) -> Option<Timestamp> {
        // Nothing before the start, but the start itself if it is one.
        let after = match self.start {
            Some(start) if after < start => start.checked_sub(1.nanosecond()).ok()?,
            _ => after,
        };
        match &self.rule {
            Rule::Once(at) => (*at > after).then_some(*at),
            Rule::Rate(Rate::Exact(every), start) => Rate::exact(*every, *start, after),
            Rule::Rate(Rate::Days(every), start) => {
                let start = local::time(&self.zone, *start);
                self.next_on_clock(after, |time| Rate::daily(*every, start, time))
            }
            Rule::Cron(cron) => self.next_on_clock(after, |time| cron.after(time)),
            Rule::Recurring(rule) => self.next_on_clock(after, |time| rule.after(time)),
        }
    }

    /// Walks times of the clock until one is an instant after `after`.
    ///
    /// Of the hour that comes twice only the first counts, and all of a gap are one instant: some times of the clock
    /// may be no later than `after`.
    fn next_on_clock(
        &self,
        after: Timestamp,
        next: impl Fn(jiff::civil::DateTime) -> Option<jiff::civil::DateTime>,
    ) -> Option<Timestamp> {
        // From the second before: libraries know whole seconds, and `after` may be just before one.
        let mut time = local::time(&self.zone, after)
            .checked_sub(1.second())
            .ok()?;
        loop {
            time = next(time)?;
            let instant = local::instant(&self.zone, time)?;
            if instant > after {
                return Some(instant);
            }
        }
    }

    /// The time of day of `at` on the first day on which it is not past.
    fn same_time_of_day(&self, at: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let start = local::time(&self.zone, at);
        self.next_on_clock(now, |time| Rate::daily(1, start, time))
    }
}

/// The one rule of a schedule.
fn rule(
    spec: &Spec<'_>,
    zone: &TimeZone,
    start: Option<Timestamp>,
    now: Timestamp,
    wrongs: &mut Wrongs,
) -> Option<Rule> {
    let given: Vec<&str> = [
        ("at", spec.at),
        ("cron", spec.cron),
        ("rate", spec.rate),
        ("rrule", spec.rrule),
    ]
    .iter()
    .filter_map(|(name, text)| text.map(|_| *name))
    .collect();
    if given.len() != 1 {
        let found = match given.is_empty() {
            true => "none of them".to_owned(),
            false => given.join(" and "),
        };
        wrongs.add("schedule", found, "exactly one of at, cron, rate and rrule");
    }
    let mut rule = None;
    if let Some(text) = spec.at {
        let at = wrongs.take("at", text, local::read(zone, text));
        rule = at.map(Rule::Once);
    }
    if let Some(text) = spec.cron {
        let cron = wrongs.take("cron", text, CronRule::parse(text));
        rule = cron.map(|cron| Rule::Cron(Box::new(cron)));
    }
    if let Some(text) = spec.rate {
        let rate = wrongs.take("rate", text, Rate::parse(text));
        rule = rate.map(|rate| Rule::Rate(rate, start.unwrap_or(now)));
    }
    if let Some(text) = spec.rrule {
        match start {
            Some(start) => {
                let start = local::time(zone, start);
                let recurring = wrongs.take("rrule", text, Recurring::parse(text, zone, start));
                rule = recurring.map(|rule| Rule::Recurring(Box::new(rule)));
            }
            // A start that is there and wrong was told already.
            None if spec.start.is_none() => wrongs.add(
                "start",
                "nothing",
                "the time from which on the rrule counts: it also gives its time of day",
            ),
            None => {}
        }
    }
    rule
}
