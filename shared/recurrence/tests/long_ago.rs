//! Rules that began long ago, or that would be walked for ever: the next time is known at once all the same.

use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan};
use recurrence::{Refused, Schedule, Spec};

const START: &str = "2001-02-28T09:30";

fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn rule<'a>(rrule: &'a str, start: &'a str) -> Spec<'a> {
    Spec {
        rrule: Some(rrule),
        start: Some(start),
        zone: Some("Europe/Madrid"),
        ..Spec::default()
    }
}

fn schedule(rrule: &str, start: &str) -> Schedule {
    let now = instant("2027-01-01T00:00:00Z");
    Schedule::parse(&rule(rrule, start), now).expect("a schedule")
}

/// What is counted is walked from its start on, and nothing else is: both say the same.
#[test]
fn a_rule_that_began_long_ago_goes_on_as_if_it_were_walked_from_there() {
    for rrule in [
        "FREQ=HOURLY;INTERVAL=49",
        "FREQ=HOURLY;INTERVAL=31;BYDAY=MO,TU",
        "FREQ=DAILY;INTERVAL=17",
        "FREQ=DAILY;BYMONTH=3,10;BYHOUR=2,9",
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;INTERVAL=3;BYDAY=SU,MO;WKST=SU",
        "FREQ=WEEKLY;INTERVAL=3;BYDAY=SU,MO;WKST=MO",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR;BYSETPOS=-1",
        "FREQ=MONTHLY",
        "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=31,-1",
        "FREQ=MONTHLY;INTERVAL=7;BYDAY=2TU,-1FR",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1",
        "FREQ=YEARLY",
        "FREQ=YEARLY;INTERVAL=3",
        "FREQ=YEARLY;BYYEARDAY=1,366",
        "FREQ=YEARLY;INTERVAL=2;BYWEEKNO=1,53;BYDAY=MO",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3,10;UNTIL=20280601T000000Z",
    ] {
        let (quick, walked) = (
            schedule(rrule, START),
            schedule(&format!("{rrule};COUNT=10000"), START),
        );
        let mut after = instant("2001-01-01T00:00:00Z");
        for days in 0..40 {
            let next = walked.next_after(after);
            assert_eq!(quick.next_after(after), next, "{rrule} after {after}");
            let Some(next) = next else { break };
            after = next.checked_add((days * 24 * 19).hours()).expect("a time");
        }
    }
}

#[test]
fn what_happened_half_a_million_times_costs_no_more_than_what_begins_now() {
    let hourly = schedule("FREQ=HOURLY", "1970-01-01T00:00");
    let (began, mut after) = (Instant::now(), instant("2027-01-01T00:00:00Z"));
    for _ in 0..500 {
        let next = hourly.next_after(after).expect("a time");
        assert_eq!(next.duration_since(after).as_hours(), 1);
        after = next;
    }
    // Walked each time from its start on it would be a quarter of an hour.
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_rule_that_no_time_fits_is_given_up() {
    for rrule in [
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
        "FREQ=WEEKLY;INTERVAL=0",
    ] {
        let never = schedule(rrule, "2027-01-01T09:00");
        let refused = never.first(instant("2027-01-01T00:00:00Z"));
        assert_eq!(refused, Err(Refused::Never), "{rrule}");
    }
}

#[test]
fn what_would_be_walked_for_too_long_is_refused_when_it_is_written() {
    let now = instant("2027-01-01T00:00:00Z");
    for (rrule, start, expected) in [
        ("FREQ=HOURLY;COUNT=10001", START, "at most 10000 times"),
        (
            "FREQ=DAILY",
            "1969-12-31T09:00",
            "a start from 1970-01-01 on",
        ),
        (
            "FREQ=YEARLY;BYMINUTE=0,30",
            START,
            "not more often than by the hour",
        ),
    ] {
        let wrong = Schedule::parse(&rule(rrule, start), now).expect_err("wrong");
        assert_eq!(wrong.0[0].field, "rrule");
        assert!(wrong.0[0].expected.contains(expected), "{wrong}");
    }
}

#[test]
fn a_zone_that_leaves_out_a_day_or_half_an_hour_asks_at_the_first_moment_that_there_is() {
    let times = |spec: Spec<'_>, after: &str, count: usize| {
        let (after, schedule) = (instant(after), Schedule::parse(&spec, instant(after)));
        let schedule = schedule.expect("a schedule");
        let next = |last: &Timestamp| schedule.next_after(*last);
        let all = std::iter::successors(next(&after), next).take(count);
        all.map(|time| time.to_string()).collect::<Vec<_>>()
    };
    // Samoa had no 30th of December in 2011.
    for spec in [
        Spec {
            cron: Some("0 9 * * *"),
            ..Spec::default()
        },
        Spec {
            rate: Some("1 day"),
            start: Some("2011-12-28T09:00"),
            ..Spec::default()
        },
        Spec {
            rrule: Some("FREQ=DAILY"),
            start: Some("2011-12-28T09:00"),
            ..Spec::default()
        },
    ] {
        let spec = Spec {
            zone: Some("Pacific/Apia"),
            ..spec
        };
        assert_eq!(
            times(spec, "2011-12-29T00:00:00Z", 3),
            [
                "2011-12-29T19:00:00Z",
                "2011-12-30T10:00:00Z",
                "2011-12-30T19:00:00Z"
            ]
        );
    }
    // On Lord Howe Island clocks move by half an hour: from 02:00 to 02:30, and back from 02:00 to 01:30.
    let at = |cron| Spec {
        cron: Some(cron),
        zone: Some("Australia/Lord_Howe"),
        ..Spec::default()
    };
    assert_eq!(
        times(at("15 2 * * *"), "2027-10-02T00:00:00Z", 2),
        ["2027-10-02T15:30:00Z", "2027-10-03T15:15:00Z"]
    );
    assert_eq!(
        times(at("45 1 * * *"), "2027-04-03T00:00:00Z", 2),
        ["2027-04-03T14:45:00Z", "2027-04-04T15:15:00Z"]
    );
}
