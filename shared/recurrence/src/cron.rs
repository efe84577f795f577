//! Cron expressions, as on Unix and as in EventBridge.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const UNIX: &str = "five fields (minute hour day-of-month month day-of-week), as in 0 9 * * MON-FRI, \
     or EventBridge's six, as in cron(0 9 ? * MON-FRI *)";

/// A cron expression, for a clock without a zone.
#[derive(Clone, Debug)]
pub(crate) struct CronRule(Cron);

impl CronRule {
    /// Reads `M H D M W`, or `cron(M H D M W Y)` with EventBridge's numbers of the days of the week.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let inner = text
            .strip_prefix("cron(")
            .and_then(|rest| rest.strip_suffix(')'));
        let parser = CronParser::builder();
        let (parser, fields, expression) = match inner {
            // EventBridge counts the days of the week from Sunday as 1; so does Quartz. The library takes a year only
            // where there are seconds, too.
            Some(inner) => (
                parser
                    .seconds(Seconds::Required)
                    .year(Year::Required)
                    .alternative_weekdays(true),
                7,
                format!("0 {inner}"),
            ),
            None => (
                parser.seconds(Seconds::Disallowed).year(Year::Disallowed),
                5,
                text.to_owned(),
            ),
        };
        if expression.split_whitespace().count() != fields {
            return Err(UNIX.to_owned());
        }
        let cron = parser.build().parse(&expression);
        cron.map(Self).map_err(|error| format!("{UNIX} ({error})"))
    }

    /// The first time after this one.
    pub(crate) fn after(&self, time: DateTime) -> Option<DateTime> {
        // A zone without changes stands for no zone.
        let from = time.to_zoned(TimeZone::UTC).ok()?;
        let next = self.0.find_next_occurrence(&from, false).ok()?;
        Some(next.datetime())
    }
}
