//! Schedules as people write them, and the instants that come of them.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use recurrence::{Refused, Schedule, Spec};

fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn schedule(spec: Spec<'_>) -> Schedule {
    Schedule::parse(&spec, instant("2027-01-01T00:00:00Z")).expect("a schedule")
}

/// The next `count` times after an instant, on the clock of the zone.
fn times(spec: Spec<'_>, after: &str, count: usize) -> Vec<String> {
    let schedule = schedule(spec);
    let zone = TimeZone::get(spec.zone.unwrap_or("UTC")).expect("a zone");
    let mut after = instant(after);
    let mut times = Vec::new();
    while times.len() < count {
        let Some(next) = schedule.next_after(after) else {
            break;
        };
        let shown = next.to_zoned(zone.clone());
        times.push(shown.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string());
        after = next;
    }
    times
}

fn wrong(spec: Spec<'_>) -> Vec<(&'static str, String)> {
    let errors = Schedule::parse(&spec, instant("2027-01-01T00:00:00Z")).expect_err("wrong fields");
    let fields = errors.0.into_iter();
    fields.map(|wrong| (wrong.field, wrong.expected)).collect()
}

#[test]
fn once_happens_once_at_its_time_on_the_zones_clock() {
    let spec = Spec {
        at: Some("2027-07-01T09:00"),
        zone: Some("Europe/Madrid"),
        ..Spec::default()
    };
    let all = times(spec, "2027-01-01T00:00:00Z", 3);
    assert_eq!(all, ["2027-07-01T09:00:00+02:00"]);
}

#[test]
fn a_time_with_an_offset_is_an_instant_whatever_the_zone() {
    let spec = Spec {
        at: Some("2027-07-01T09:00:00Z"),
        zone: Some("Europe/Madrid"),
        ..Spec::default()
    };
    let all = times(spec, "2027-01-01T00:00:00Z", 3);
    assert_eq!(all, ["2027-07-01T11:00:00+02:00"]);
}

#[test]
fn a_cron_of_five_fields_counts_days_as_unix_does() {
    let spec = Spec {
        cron: Some("30 9 * * 1"),
        ..Spec::default()
    };
    // 2027-01-04 is a Monday.
    let all = times(spec, "2027-01-01T00:00:00Z", 2);
    assert_eq!(
        all,
        ["2027-01-04T09:30:00+00:00", "2027-01-11T09:30:00+00:00"]
    );
}

#[test]
fn a_cron_of_eventbridge_counts_days_from_sunday_as_one() {
    let spec = Spec {
        cron: Some("cron(30 9 ? * 2 *)"),
        ..Spec::default()
    };
    let all = times(spec, "2027-01-01T00:00:00Z", 1);
    assert_eq!(all, ["2027-01-04T09:30:00+00:00"]);
    let until_the_year = Spec {
        cron: Some("cron(0 10 1 * ? 2027-2028)"),
        ..Spec::default()
    };
    assert_eq!(times(until_the_year, "2027-06-15T00:00:00Z", 40).len(), 18);
    let last_friday = Spec {
        cron: Some("cron(0 16 ? * 6L *)"),
        ..Spec::default()
    };
    let all = times(last_friday, "2027-01-01T00:00:00Z", 1);
    assert_eq!(all, ["2027-01-29T16:00:00+00:00"]);
}

#[test]
fn a_time_in_the_gap_of_spring_moves_to_the_first_minute_that_exists() {
    let spec = |zone| Spec {
        cron: Some("30 2 * * *"),
        zone: Some(zone),
        ..Spec::default()
    };
    let madrid = times(spec("Europe/Madrid"), "2027-03-27T00:00:00Z", 3);
    assert_eq!(
        madrid,
        [
            "2027-03-27T02:30:00+01:00",
            "2027-03-28T03:00:00+02:00",
            "2027-03-29T02:30:00+02:00"
        ]
    );
    let new_york = times(spec("America/New_York"), "2027-03-13T12:00:00Z", 2);
    assert_eq!(
        new_york,
        ["2027-03-14T03:00:00-04:00", "2027-03-15T02:30:00-04:00"]
    );
}

#[test]
fn the_first_and_the_last_minute_of_a_gap_move_to_its_end() {
    for at in ["2027-03-28T02:00", "2027-03-28T02:59", "2027-03-28T03:00"] {
        let spec = Spec {
            at: Some(at),
            zone: Some("Europe/Madrid"),
            ..Spec::default()
        };
        let all = times(spec, "2027-01-01T00:00:00Z", 2);
        assert_eq!(all, ["2027-03-28T03:00:00+02:00"], "{at}");
    }
    // Half an hour only, and a whole day that a calendar left out.
    for (at, zone, moved) in [
        (
            "2027-10-03T02:15",
            "Australia/Lord_Howe",
            "2027-10-03T02:30:00+11:00",
        ),
        (
            "2011-12-30T12:00",
            "Pacific/Apia",
            "2011-12-31T00:00:00+14:00",
        ),
    ] {
        let spec = Spec {
            at: Some(at),
            zone: Some(zone),
            ..Spec::default()
        };
        assert_eq!(times(spec, "2000-01-01T00:00:00Z", 2), [moved]);
    }
}

#[test]
fn all_times_of_a_gap_are_one() {
    let spec = Spec {
        cron: Some("*/15 1-3 * * *"),
        zone: Some("Europe/Madrid"),
        ..Spec::default()
    };
    let all = times(spec, "2027-03-28T00:40:00Z", 3);
    assert_eq!(
        all,
        [
            "2027-03-28T01:45:00+01:00",
            "2027-03-28T03:00:00+02:00",
            "2027-03-28T03:15:00+02:00"
        ]
    );
}

#[test]
fn a_time_that_comes_twice_counts_once_the_first_time() {
    let spec = Spec {
        cron: Some("30 2 * * *"),
        zone: Some("Europe/Madrid"),
        ..Spec::default()
    };
    let all = times(spec, "2027-10-30T12:00:00Z", 2);
    assert_eq!(
        all,
        ["2027-10-31T02:30:00+02:00", "2027-11-01T02:30:00+01:00"]
    );
    // Asked within the hour that comes again, it is past.
    let all = times(spec, "2027-10-31T01:10:00Z", 1);
    assert_eq!(all, ["2027-11-01T02:30:00+01:00"]);
}

#[test]
fn rates_in_days_keep_the_time_of_day_and_those_in_hours_are_exact() {
    let rate = |rate| Spec {
        rate: Some(rate),
        zone: Some("Europe/Madrid"),
        start: Some("2027-03-27T09:00"),
        ..Spec::default()
    };
    let daily = times(rate("rate(1 day)"), "2027-03-20T00:00:00Z", 3);
    assert_eq!(
        daily,
        [
            "2027-03-27T09:00:00+01:00",
            "2027-03-28T09:00:00+02:00",
            "2027-03-29T09:00:00+02:00"
        ]
    );
    let hours = times(rate("24 hours"), "2027-03-20T00:00:00Z", 3);
    assert_eq!(
        hours,
        [
            "2027-03-27T09:00:00+01:00",
            "2027-03-28T10:00:00+02:00",
            "2027-03-29T10:00:00+02:00"
        ]
    );
    let weeks = times(rate("2 weeks"), "2027-04-01T00:00:00Z", 2);
    assert_eq!(
        weeks,
        ["2027-04-10T09:00:00+02:00", "2027-04-24T09:00:00+02:00"]
    );
}

#[test]
fn a_rate_without_a_start_begins_when_it_is_written() {
    let spec = Spec {
        rate: Some("1 week"),
        ..Spec::default()
    };
    let written = instant("2027-01-01T10:20:30Z");
    let schedule = Schedule::parse(&spec, written).expect("a schedule");
    assert_eq!(schedule.first(written), Ok(written));
    assert_eq!(
        schedule.next_after(written),
        Some(instant("2027-01-08T10:20:30Z"))
    );
}

#[test]
fn a_recurrence_rule_takes_its_time_of_day_from_its_start() {
    let spec = Spec {
        rrule: Some("FREQ=MONTHLY;BYDAY=1MO;COUNT=3"),
        zone: Some("Europe/Madrid"),
        start: Some("2027-02-01T09:30"),
        ..Spec::default()
    };
    let all = times(spec, "2027-01-01T00:00:00Z", 9);
    assert_eq!(
        all,
        [
            "2027-02-01T09:30:00+01:00",
            "2027-03-01T09:30:00+01:00",
            "2027-04-05T09:30:00+02:00"
        ]
    );
}

#[test]
fn until_is_an_instant_with_z_and_a_whole_day_without_a_time() {
    let rule = |rrule| Spec {
        rrule: Some(rrule),
        zone: Some("America/New_York"),
        start: Some("2027-02-01T20:00"),
        ..Spec::default()
    };
    // 20:00 in New York is 01:00 of the next day in UTC.
    let all = times(
        rule("RRULE:FREQ=DAILY;UNTIL=20270203T005959Z"),
        "2027-01-01T00:00:00Z",
        9,
    );
    assert_eq!(all.len(), 1);
    let all = times(
        rule("FREQ=DAILY;UNTIL=20270203T010000Z"),
        "2027-01-01T00:00:00Z",
        9,
    );
    assert_eq!(all.len(), 2);
    let all = times(rule("freq=daily;until=20270203"), "2027-01-01T00:00:00Z", 9);
    assert_eq!(all.len(), 3);
}

#[test]
fn a_rule_in_the_gap_moves_and_happens_once_in_two_zones() {
    for (zone, start, moved) in [
        (
            "Europe/Madrid",
            "2027-03-26T02:30",
            "2027-03-28T03:00:00+02:00",
        ),
        (
            "America/New_York",
            "2027-03-12T02:30",
            "2027-03-14T03:00:00-04:00",
        ),
    ] {
        let spec = Spec {
            rrule: Some("FREQ=DAILY;COUNT=4"),
            zone: Some(zone),
            start: Some(start),
            ..Spec::default()
        };
        let all = times(spec, "2027-01-01T00:00:00Z", 9);
        assert_eq!(all.len(), 4, "{all:?}");
        assert_eq!(all[2], moved);
    }
}

#[test]
fn nothing_happens_before_the_start_or_after_the_end() {
    let spec = Spec {
        cron: Some("0 9 * * *"),
        start: Some("2027-02-01T09:00"),
        end: Some("2027-02-03T09:00"),
        ..Spec::default()
    };
    let all = times(spec, "2027-01-01T00:00:00Z", 9);
    assert_eq!(
        all,
        [
            "2027-02-01T09:00:00+00:00",
            "2027-02-02T09:00:00+00:00",
            "2027-02-03T09:00:00+00:00"
        ]
    );
}

#[test]
fn what_is_past_is_refused_with_the_next_possible_time() {
    let now = instant("2027-07-05T10:00:00Z");
    let refused = |spec: Spec<'_>| {
        let schedule = Schedule::parse(&spec, now).expect("a schedule");
        schedule.first(now).expect_err("refused").to_string()
    };
    let once = Spec {
        at: Some("2027-07-05T11:30"),
        zone: Some("Europe/Madrid"),
        ..Spec::default()
    };
    assert_eq!(
        refused(once),
        "its time is past; the next possible time is 2027-07-06T11:30 Europe/Madrid"
    );
    let ended = Spec {
        cron: Some("0 9 * * MON"),
        end: Some("2027-07-05T09:00"),
        ..Spec::default()
    };
    assert_eq!(
        refused(ended),
        "its time is past; the next possible time is 2027-07-12T09:00 UTC"
    );
    let counted = Spec {
        rrule: Some("FREQ=DAILY;COUNT=2"),
        start: Some("2027-07-01T09:00"),
        ..Spec::default()
    };
    assert_eq!(refused(counted), "its time is past");
}

#[test]
fn what_can_never_happen_is_refused() {
    let now = instant("2027-07-05T10:00:00Z");
    for spec in [
        Spec {
            cron: Some("0 9 30 2 *"),
            ..Spec::default()
        },
        Spec {
            rrule: Some("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
            start: Some("2027-01-01T09:00"),
            ..Spec::default()
        },
    ] {
        let schedule = Schedule::parse(&spec, now).expect("a schedule");
        assert_eq!(schedule.first(now), Err(Refused::Never), "{spec:?}");
    }
}

#[test]
fn every_wrong_field_is_named_with_what_was_expected() {
    let spec = Spec {
        cron: Some("0 9 * * * *"),
        zone: Some("Mars/Olympus"),
        start: Some("tomorrow"),
        end: Some("2027-01-01"),
        ..Spec::default()
    };
    let fields: Vec<_> = wrong(spec).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["zone", "start", "end", "cron"]);
}

#[test]
fn a_schedule_has_exactly_one_rule() {
    assert_eq!(wrong(Spec::default())[0].0, "schedule");
    let two = Spec {
        at: Some("2027-07-05T11:30"),
        rate: Some("1 day"),
        ..Spec::default()
    };
    let errors = Schedule::parse(&two, Timestamp::UNIX_EPOCH).expect_err("two rules");
    assert_eq!(
        errors.to_string(),
        "schedule: found at and rate, expected exactly one of at, cron, rate and rrule"
    );
}

#[test]
fn rules_that_cannot_be_read_say_what_could() {
    for (spec, field) in [
        (
            Spec {
                rate: Some("often"),
                ..Spec::default()
            },
            "rate",
        ),
        (
            Spec {
                rate: Some("30 seconds"),
                ..Spec::default()
            },
            "rate",
        ),
        (
            Spec {
                rate: Some("0 days"),
                ..Spec::default()
            },
            "rate",
        ),
        (
            Spec {
                rate: Some("9223372036854775807 weeks"),
                ..Spec::default()
            },
            "rate",
        ),
        (
            Spec {
                cron: Some("61 9 * * *"),
                ..Spec::default()
            },
            "cron",
        ),
        (
            Spec {
                rrule: Some("FREQ=SECONDLY"),
                start: Some("2027-01-01T09:00"),
                ..Spec::default()
            },
            "rrule",
        ),
        (
            Spec {
                rrule: Some("FREQ=DAILY\nEXDATE:20270101T090000Z"),
                start: Some("2027-01-01T09:00"),
                ..Spec::default()
            },
            "rrule",
        ),
        (
            Spec {
                rrule: Some("FREQ=DAILY;UNTIL=soon"),
                start: Some("2027-01-01T09:00"),
                ..Spec::default()
            },
            "rrule",
        ),
        (
            Spec {
                rrule: Some("every monday"),
                start: Some("2027-01-01T09:00"),
                ..Spec::default()
            },
            "rrule",
        ),
        (
            Spec {
                rrule: Some("FREQ=DAILY"),
                ..Spec::default()
            },
            "start",
        ),
        (
            Spec {
                at: Some("2027-02-30T09:00"),
                ..Spec::default()
            },
            "at",
        ),
    ] {
        assert_eq!(wrong(spec)[0].0, field, "{spec:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Fed with its own answers, a schedule only goes forward, and from anywhere between two of its times the second
    /// is the next.
    #[test]
    fn a_schedule_goes_forward_and_misses_nothing(
        rule in 0..5_usize,
        zone in proptest::sample::select(vec![
            "UTC", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu",
        ]),
        day in 0..730_i64,
        between in 0.0..1.0_f64,
    ) {
        let spec = Spec {
            cron: (rule == 0).then_some("*/20 1-3 * * *"),
            rate: match rule { 1 => Some("1 day"), 2 => Some("7 hours"), _ => None },
            rrule: match rule { 3 => Some("FREQ=HOURLY;INTERVAL=5"), 4 => Some("FREQ=WEEKLY;BYDAY=SU;BYHOUR=1,2"), _ => None },
            zone: Some(zone),
            start: Some("2026-06-01T02:30"),
            ..Spec::default()
        };
        let schedule = schedule(spec);
        let after = instant("2026-07-01T00:00:00Z").checked_add((day * 24).hours()).expect("in the calendar");
        let mut all = vec![];
        let mut last = after;
        for _ in 0..12 {
            let next = schedule.next_after(last).expect("it has no end");
            prop_assert!(next > last);
            all.push(next);
            last = next;
        }
        for pair in all.windows(2) {
            let apart = pair[1].duration_since(pair[0]).as_secs_f64();
            let anywhere = pair[0] + jiff::SignedDuration::from_secs_f64(apart * between * 0.999);
            prop_assert_eq!(schedule.next_after(anywhere), Some(pair[1]));
        }
    }
}
