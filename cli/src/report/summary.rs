//! A report, drawn.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

use notifications::Outcome;
use store::{Broadcast, BroadcastStage, Counts, RecipientOutcome, RecipientState};

use super::Report;
use crate::finding::short;
use crate::text::style::{BAD, GOOD, HEAD, POOR, styled};
use crate::text::table::{self, Column};
use crate::text::words::{
    ago, clock_time, escaped, lasting, number, plural, time, within, wrapped,
};

/// So many recipients are listed on a screen.
pub(super) const ROWS: usize = 20;

/// Where it stands, in a word.
pub(super) fn state(counts: &Counts) -> &'static str {
    match (counts.ended, counts.cancelled) {
        (Some(_), Some(_)) => "cancelled",
        // Nobody was planned, and nobody will be.
        (None, Some(_)) if counts.planned == 0 => "cancelled",
        (Some(_), None) => "ended",
        (None, Some(_)) => "cancelling",
        (None, None) if !counts.planned_all => "planning",
        (None, None) => "running",
    }
}

pub(super) fn table(report: &Report) -> String {
    let Report { frozen, counts, .. } = report;
    let what = within(&escaped(&frozen.notification.what), 80);
    let mut text = styled(HEAD, &what) + "\n\n";
    let mut about = |what: &str, value: &str| {
        let value = within(&escaped(value), 80 - 12);
        text.push_str(&format!("  {what:<10}{value}\n"));
    };
    about("key", frozen.key.as_str());
    about("id", frozen.id.as_str());
    about("from", &frozen.source.to_string());
    about("topic", frozen.topic.name.as_str());
    about(
        "accepted",
        &format!(
            "{}, {} ago",
            time(counts.accepted_at),
            ago(counts.accepted_at, report.now)
        ),
    );
    if let Some(due) = frozen.notification.not_before {
        about("due", &time(due));
    }
    if let Some(at) = counts.cancelled {
        about("cancelled", &time(at));
    }
    match counts.ended {
        Some(at) => {
            let began = counts.started().unwrap_or(counts.accepted_at);
            let took = Duration::try_from(at.duration_since(began)).unwrap_or_default();
            about("ended", &format!("{}, in {}", time(at), lasting(took)));
        }
        None if is_due_later(report) => about("state", "waits for its time"),
        None => about("state", state(counts)),
    }
    if counts.round > 0 {
        about("resent", &format!("{} times", counts.round));
    }
    if let Some(broadcast) = &report.broadcast {
        about("broadcast", &standing(broadcast));
        if let Some(problem) = &broadcast.problem {
            let problem = format!("\nIt does not go on: {}", escaped(problem));
            text.push_str(&wrapped(&problem));
            text.push('\n');
        }
    }
    text.push('\n');
    text.push_str(&numbers(report));
    text.push_str(&people(report));
    text.push_str(&next(report));
    text
}

/// Where a broadcast stands: of one that is not sent, why.
fn standing(broadcast: &Broadcast) -> String {
    let over = matches!(
        broadcast.stage,
        BroadcastStage::Ending | BroadcastStage::Released
    );
    match broadcast.skipped.filter(|_| over) {
        Some(reason) if broadcast.canary > 0 => format!("the rest not sent: {reason}"),
        Some(reason) => format!("not sent: {reason}"),
        None => broadcast.stage.to_string(),
    }
}

/// Whether nothing is planned because its time has not come.
fn is_due_later(report: &Report) -> bool {
    let due = report.frozen.notification.not_before;
    let Counts {
        planned_all,
        cancelled,
        ..
    } = report.counts;
    !planned_all && cancelled.is_none() && due.is_some_and(|due| due > report.now)
}

/// Lines of a number and what it counts.
fn numbers(report: &Report) -> String {
    let (counts, tally) = (&report.counts, &report.counts.tally);
    let so_far = if counts.planned_all {
        ""
    } else {
        " planned so far"
    };
    let mut lines = vec![(
        counts.planned,
        format!(
            "{}{so_far}",
            plural(counts.planned, "recipient", "recipients")
        ),
        None,
    )];
    let twice = match tally.maybe_twice {
        0 => String::new(),
        count => format!("     {} may have it twice", number(count)),
    };
    lines.push((tally.sent, format!("sent{twice}"), Some(GOOD)));
    lines.push((
        tally.all_skipped(),
        format!("skipped  {}", reasons(&tally.skipped)),
        Some(POOR),
    ));
    lines.push((
        tally.all_failed(),
        format!("failed   {}", reasons(&tally.failed)),
        Some(BAD),
    ));
    lines.push((
        tally.unknown,
        "unknown  may have arrived or not".to_owned(),
        Some(BAD),
    ));
    let for_the_app = match counts.waiting_for_install {
        0 => String::new(),
        count => format!("  {} until they have the app", number(count)),
    };
    lines.push((counts.waiting, format!("waiting{for_the_app}"), None));
    lines.push((
        counts.unreachable,
        plural(
            counts.unreachable,
            "address that leads",
            "addresses that lead",
        )
        .to_owned()
            + " to nobody",
        Some(BAD),
    ));
    let recalled = report.who.recalled;
    if recalled.any() {
        lines.push((recalled.gone, "recalled".to_owned(), Some(GOOD)));
        lines.push((
            recalled.failed,
            "could not be recalled".to_owned(),
            Some(BAD),
        ));
        lines.push((recalled.waiting, "to be recalled".to_owned(), None));
    }
    let width = lines.iter().map(|(count, ..)| number(*count).len()).max();
    let width = width.unwrap_or(0);
    let mut text = String::new();
    for (at, (count, what, style)) in lines.into_iter().enumerate() {
        // What did not happen needs no line, but for the first two.
        if count == 0 && at > 1 {
            continue;
        }
        let line = within(
            format!("  {:>width$}  {what}", number(count)).trim_end(),
            80,
        );
        match style.filter(|_| count > 0) {
            Some(style) => text.push_str(&styled(style, &line)),
            None => text.push_str(&line),
        }
        text.push('\n');
    }
    text
}

fn reasons<K: Display + Ord>(reasons: &BTreeMap<K, u64>) -> String {
    let mut sorted: Vec<_> = reasons.iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let words: Vec<String> = sorted
        .into_iter()
        .map(|(reason, count)| format!("{} {}", number(*count), escaped(&reason.to_string())))
        .collect();
    words.join(", ")
}

/// An outcome as three words: the group, why, and when.
pub(super) fn ended(one: &RecipientOutcome) -> [String; 3] {
    match &one.progress.state {
        RecipientState::Open => ["waiting".to_owned(), String::new(), String::new()],
        RecipientState::Waiting { since, .. } => [
            "waiting".to_owned(),
            "for the app".to_owned(),
            clock_time(*since),
        ],
        RecipientState::InDoubt => [
            "waiting".to_owned(),
            "may have arrived".to_owned(),
            String::new(),
        ],
        RecipientState::Ended { outcome, at } => {
            let why = match outcome {
                Outcome::Sent {
                    maybe_twice: true, ..
                } => "may be there twice".to_owned(),
                Outcome::Sent { .. } => String::new(),
                Outcome::Skipped(reason) => reason.to_string(),
                Outcome::Failed(code) => code.to_string(),
                Outcome::Unknown => "may have arrived".to_owned(),
            };
            [outcome.group().to_owned(), why, clock_time(*at)]
        }
    }
}

fn people(report: &Report) -> String {
    let who = &report.who;
    if who.listed.is_empty() && who.unreachable.is_empty() {
        return String::new();
    }
    let columns = [
        Column::cut("who", 16),
        Column::text("outcome"),
        Column::cut("why", 12),
        Column::number("tries"),
        Column::text("when"),
    ];
    let mut rows: Vec<Vec<String>> = who
        .unreachable
        .iter()
        .take(ROWS)
        .map(|one| {
            let address = one.address.to_string();
            let why = one.why.to_string();
            vec![
                address,
                "failed".to_owned(),
                why,
                "0".to_owned(),
                String::new(),
            ]
        })
        .collect();
    let room = ROWS - rows.len();
    rows.extend(who.listed.iter().take(room).map(|one| {
        let [group, why, when] = ended(&one.about);
        vec![
            one.name.clone(),
            group,
            why,
            one.about.progress.tries.to_string(),
            when,
        ]
    }));
    let hidden = (who.all + who.unreachable.len() as u64).saturating_sub(rows.len() as u64);
    let mut text = format!("\n{}", table::table(&columns, &rows));
    if hidden > 0 {
        text.push_str(&format!(
            "and {} more; all with --format csv --output FILE\n",
            number(hidden)
        ));
    }
    text
}

/// What can be done about it.
fn next(report: &Report) -> String {
    let (counts, key) = (&report.counts, short(&report.frozen.key));
    let mut lines = Vec::new();
    if counts.ended.is_none() {
        lines.push(format!("tidings report {key}"));
        if counts.cancelled.is_none() {
            lines.push(format!("tidings cancel {key}"));
        }
    } else if counts.cancelled.is_none() {
        if counts.tally.all_failed() > 0 {
            lines.push(format!("tidings resend {key} --failed"));
        }
        if counts.tally.unknown > 0 {
            lines.push(format!("tidings resend {key} --unknown"));
        }
    }
    if report.who.recalled.failed > 0 {
        lines.push(format!("tidings recall {key}"));
    }
    if lines.is_empty() {
        return String::new();
    }
    format!("\nTry next:\n\n  {}\n", lines.join("\n  "))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::names::Named;
    use crate::report::files::{csv, json};
    use crate::report::who::{Recalled, Who};
    use activity::ids::{ActivityId, TenantId};
    use jiff::Timestamp;
    use notifications::{FailureCode, NotificationId, NotificationKey, SkipReason, Source, Topic};
    use serde_json::Value;
    use store::{FrozenNotification, RecipientProgress, Repairs, Tally, Unreachable};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + second).unwrap()
    }

    /// The counts of a notification of which so many were sent to, without trouble.
    pub(in crate::report) fn counts(planned: u64, sent: u64) -> Counts {
        Counts {
            accepted_at: at(0),
            planned_all: true,
            planned,
            chunks: planned.div_ceil(20),
            chunks_done: sent.div_ceil(20),
            tally: Tally {
                sent,
                first: (sent > 0).then(|| at(5)),
                last: (sent > 0).then(|| at(10)),
                ..Tally::default()
            },
            waiting: planned - sent,
            waiting_for_install: 0,
            unreachable: 0,
            cancelled: None,
            ended: (planned == sent).then(|| at(10)),
            round: 0,
            exact: true,
        }
    }

    fn report(what: &str, counts: Counts) -> Report {
        let text = serde_json::json!({ "topic": "deploys", "what": what, "to": ["everyone"],
            "item": { "name": "checkout" }, "actor": { "name": "CI" } });
        let notification = notifications::Notification::from_value(&text).unwrap();
        let id = NotificationId::new("deploy-215");
        Report {
            frozen: FrozenNotification {
                key: NotificationKey::of(&Source::Queue, &id),
                tenant: TenantId::new("t"),
                source: Source::Queue,
                id,
                topic: Topic::undefined(notification.topic.clone()),
                notification,
                accepted_at: at(0),
            },
            counts,
            broadcast: None,
            who: Who::default(),
            now: at(7_200),
        }
    }

    #[test]
    fn a_broadcast_that_was_not_sent_says_why() {
        let mut broadcast = Broadcast::beginning(BroadcastStage::Released);
        assert_eq!(standing(&broadcast), "released");
        broadcast.skipped = Some(SkipReason::Declined);
        assert_eq!(standing(&broadcast), "not sent: declined");
        broadcast.canary = 2;
        assert_eq!(standing(&broadcast), "the rest not sent: declined");
        broadcast.stage = BroadcastStage::Held;
        assert_eq!(standing(&broadcast), "held");
    }

    fn person(name: &str, outcome: Outcome) -> Named<RecipientOutcome> {
        Named {
            name: name.to_owned(),
            about: RecipientOutcome {
                recipient: "p:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01".parse().unwrap(),
                progress: RecipientProgress {
                    state: RecipientState::Ended { outcome, at: at(9) },
                    tries: 1,
                    repairs: Repairs::NONE,
                    earlier: 0,
                },
                attempts: 1,
                recall: None,
            },
        }
    }

    /// A notification to a hundred thousand, of whom some did not get it.
    fn many() -> Report {
        let mut counts = counts(100_000, 99_700);
        counts.tally.maybe_twice = 3;
        counts.tally.skipped =
            BTreeMap::from([(SkipReason::Muted, 120), (SkipReason::Unsubscribed, 61)]);
        let failed = [
            ("not-installed", 77),
            ("blocked-by-user", 30),
            ("service-fault", 4),
        ];
        counts.tally.failed = failed
            .map(|(code, count)| (FailureCode::new(code), count))
            .into();
        counts.tally.unknown = 8;
        counts.waiting = 0;
        counts.unreachable = 1;
        counts.ended = Some(at(2_470));
        let mut report = report(
            "Deployed checkout v215 to production, and everything that goes with it, in all regions at once",
            counts,
        );
        report.who = Who {
            listed: vec![
                person("ana@contoso.example", Outcome::Skipped(SkipReason::Muted)),
                person(
                    "東京支店の田中さん@とても長い名前の会社.example",
                    Outcome::Unknown,
                ),
                person(
                    "a-name-that-goes-on-and-on@a-department.with-a-name.contoso.example",
                    Outcome::Failed(FailureCode::new("blocked-by-user")),
                ),
                person(
                    "evil\u{1b}[2J\u{202e}name",
                    Outcome::Failed(FailureCode::new("=1+1")),
                ),
            ],
            all: 300,
            unreachable: vec![Unreachable {
                address: "upn:nobody@contoso.example".parse().unwrap(),
                why: FailureCode::new("unreachable-unknown-person"),
            }],
            recalled: Recalled::default(),
        };
        report
    }

    fn drawn(report: &Report) -> String {
        let text = anstream::adapter::strip_str(&table(report)).to_string();
        for line in text.lines() {
            assert!(textwrap::core::display_width(line) <= 80, "{line}");
            assert!(!line.contains(['\u{1b}', '\u{202e}']), "{line}");
        }
        text
    }

    #[test]
    fn a_report_of_a_hundred_thousand_fits_a_screen() {
        insta::assert_snapshot!(drawn(&many()), @r"
        Deployed checkout v215 to production, and everything that goes with it, in all …

          key       d98d4bf00ad57dc3fef17fa70b97a897
          id        deploy-215
          from      queue
          topic     deploys
          accepted  2026-11-18 11:06:40Z, 2 h ago
          ended     2026-11-18 11:47:50Z, in 41 min 5 s

          100,000  recipients
           99,700  sent     3 may have it twice
              181  skipped  120 muted, 61 unsubscribed
              111  failed   77 not-installed, 30 blocked-by-user, 4 service-fault
                8  unknown  may have arrived or not
                1  address that leads to nobody

        who                         outcome  why                        tries  when
        upn:nobody@contoso.example  failed   unreachable-unknown-pers…      0
        ana@contoso.example         skipped  muted                          1  11:06:49Z
        東京支店の田中さん@とても…  unknown  may have arrived               1  11:06:49Z
        a-name-that-goes-on-and-o…  failed   blocked-by-user                1  11:06:49Z
        evil\u{1b}[2J\u{202e}name   failed   =1+1                           1  11:06:49Z
        and 296 more; all with --format csv --output FILE

        Try next:

          tidings resend d98d4bf0 --failed
          tidings resend d98d4bf0 --unknown
        ");
    }

    #[test]
    fn a_report_of_one_and_of_nobody_is_short() {
        insta::assert_snapshot!(drawn(&report("Hello", counts(1, 1))), @r"
        Hello

          key       d98d4bf00ad57dc3fef17fa70b97a897
          id        deploy-215
          from      queue
          topic     deploys
          accepted  2026-11-18 11:06:40Z, 2 h ago
          ended     2026-11-18 11:06:50Z, in 5 s

          1  recipient
          1  sent
        ");
        insta::assert_snapshot!(drawn(&report("Hello", counts(0, 0))), @r"
        Hello

          key       d98d4bf00ad57dc3fef17fa70b97a897
          id        deploy-215
          from      queue
          topic     deploys
          accepted  2026-11-18 11:06:40Z, 2 h ago
          ended     2026-11-18 11:06:50Z, in 10 s

          0  recipients
          0  sent
        ");
    }

    #[test]
    fn a_report_of_what_runs_says_how_to_go_on() {
        let mut running = report("Hello", counts(100_000, 400));
        running.counts.planned_all = false;
        running.counts.planned = 1_960;
        running.counts.waiting = 1_560;
        running.counts.waiting_for_install = 2;
        insta::assert_snapshot!(drawn(&running), @r"
        Hello

          key       d98d4bf00ad57dc3fef17fa70b97a897
          id        deploy-215
          from      queue
          topic     deploys
          accepted  2026-11-18 11:06:40Z, 2 h ago
          state     planning

          1,960  recipients planned so far
            400  sent
          1,560  waiting  2 until they have the app

        Try next:

          tidings report d98d4bf0
          tidings cancel d98d4bf0
        ");
    }

    #[test]
    fn a_recall_is_counted() {
        let mut report = report("Hello", counts(3, 3));
        report.who.recalled = Recalled {
            gone: 2,
            failed: 1,
            waiting: 0,
        };
        let text = drawn(&report);
        assert!(
            text.contains("2  recalled") && text.contains("1  could not be recalled"),
            "{text}"
        );
        assert!(text.contains("tidings recall"), "{text}");
    }

    #[test]
    fn a_spreadsheet_gets_everybody_and_no_formula() {
        let mut report = many();
        report.who.listed.push(person(
            "ben@contoso.example",
            Outcome::sent(Some(ActivityId::new("1"))),
        ));
        insta::assert_snapshot!(csv(&report), @r#"
        recipient,name,outcome,why,tries,repairs,at
        upn:nobody@contoso.example,upn:nobody@contoso.example,failed,unreachable-unknown-person,0,,
        p:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01,ana@contoso.example,skipped,muted,1,,2026-11-18T11:06:49Z
        p:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01,東京支店の田中さん@とても長い名前の会社.example,unknown,may have arrived,1,,2026-11-18T11:06:49Z
        p:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01,a-name-that-goes-on-and-on@a-department.with-a-name.contoso.example,failed,blocked-by-user,1,,2026-11-18T11:06:49Z
        p:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01,evil\u{1b}[2J\u{202e}name,failed,"'=1+1",1,,2026-11-18T11:06:49Z
        p:3b5e7d10-8c1f-4d4e-9c55-0a1b2c3d4e01,ben@contoso.example,sent,,1,,2026-11-18T11:06:49Z
        "#);
    }

    #[test]
    fn a_program_gets_the_numbers() {
        let read: Value = serde_json::from_str(&json(&many())).unwrap();
        assert_eq!(read["sent"], 99_700);
        assert_eq!(read["skippedBy"]["muted"], 120);
        assert_eq!(read["people"][1]["outcome"], "unknown");
        assert_eq!(
            read["unreachableAddresses"][0]["address"],
            "upn:nobody@contoso.example"
        );
    }
}
