//! The variables by which others find a local run: its functions, and the commands of operators.

use simulator::DEFAULT_TENANT;

/// The name of the local table.
pub const TABLE: &str = "tidings";

/// The name of the local event bus.
pub const BUS: &str = "tidings";

/// The account number in the URLs of local queues.
pub(super) const ACCOUNT: &str = "000000000000";

/// The names of the queues; their dead letters are called the same with [`DEAD_LETTERS`] behind it.
pub(super) const NOTIFICATIONS: &str = "notifications";
pub(super) const DELIVERIES: &str = "deliveries";
pub(super) const BROADCASTS: &str = "broadcasts";
pub(super) const TASKS: &str = "tasks";
pub(super) const WATCH: &str = "watch";
pub(super) const POLLS: &str = "polls";

/// The name of the local table of anonymous ballots.
pub(super) const BALLOTS: &str = "tidings-ballots";
pub(super) const DEAD_LETTERS: &str = "-dead-letters";

/// The URL of the queue with this name.
pub(super) fn queue_url(endpoint: &str, name: &str) -> String {
    format!("{endpoint}/{ACCOUNT}/{name}")
}

/// Where the table and the queues are. The credentials open nothing but a local run.
pub fn of_aws(table_endpoint: &str, queues_endpoint: &str) -> Vec<(&'static str, String)> {
    let url = |name: &str| queue_url(queues_endpoint, name);
    let dead = |name: &str| url(&format!("{name}{DEAD_LETTERS}"));
    vec![
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        // The bus and schedules are there too. Whatever is called besides is refused, and does not leave this machine.
        ("AWS_ENDPOINT_URL", queues_endpoint.to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB", table_endpoint.to_owned()),
        ("AWS_ENDPOINT_URL_SQS", queues_endpoint.to_owned()),
        ("EVENT_BUS_NAME", BUS.to_owned()),
        ("TABLE_NAME", TABLE.to_owned()),
        ("BALLOT_TABLE_NAME", BALLOTS.to_owned()),
        ("NOTIFICATION_QUEUE_URL", url(NOTIFICATIONS)),
        ("NOTIFICATION_DEAD_LETTER_QUEUE_URL", dead(NOTIFICATIONS)),
        ("DELIVERY_QUEUE_URL", url(DELIVERIES)),
        ("DELIVERY_DEAD_LETTER_QUEUE_URL", dead(DELIVERIES)),
        ("BROADCAST_QUEUE_URL", url(BROADCASTS)),
        ("BROADCAST_DEAD_LETTER_QUEUE_URL", dead(BROADCASTS)),
        ("TASK_QUEUE_URL", url(TASKS)),
        ("TASK_DEAD_LETTER_QUEUE_URL", dead(TASKS)),
        ("POLLS_DEAD_LETTER_QUEUE_URL", dead(POLLS)),
        ("WATCH_DEAD_LETTER_QUEUE_URL", dead(WATCH)),
    ]
}

/// What `polls` needs besides: who its schedules invoke.
pub(super) fn of_polls() -> [(&'static str, String); 4] {
    [
        ("SCHEDULE_GROUP", "tidings"),
        (
            "SCHEDULE_TARGET_ARN",
            "arn:aws:lambda:us-east-1:000000000000:function:polls",
        ),
        (
            "SCHEDULE_ROLE_ARN",
            "arn:aws:iam::000000000000:role/polls-schedules",
        ),
        (
            "SCHEDULE_DEAD_LETTER_QUEUE_ARN",
            "arn:aws:sqs:us-east-1:000000000000:polls-dead-letters",
        ),
    ]
    .map(|(name, value)| (name, value.to_owned()))
}

/// What `watch` needs besides: who its schedules invoke, and that sources on this machine may be watched.
pub(super) fn of_watch() -> [(&'static str, String); 5] {
    [
        ("SCHEDULE_GROUP", "tidings"),
        (
            "SCHEDULE_TARGET_ARN",
            "arn:aws:lambda:us-east-1:000000000000:function:watch",
        ),
        (
            "SCHEDULE_ROLE_ARN",
            "arn:aws:iam::000000000000:role/watch-schedules",
        ),
        (
            "SCHEDULE_DEAD_LETTER_QUEUE_ARN",
            "arn:aws:sqs:us-east-1:000000000000:watch-dead-letters",
        ),
        ("WATCH_ALLOW_LOOPBACK", "true"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
}

/// What the commands of operators need to work on a local run that was started with these settings, as lines that a
/// shell evaluates.
#[must_use]
pub fn exports(
    table_endpoint: &str,
    queues_endpoint: &str,
    settings: &[(&'static str, String)],
) -> String {
    let mut variables = of_aws(table_endpoint, queues_endpoint);
    variables.push(("MICROSOFT_APP_TENANT_ID", DEFAULT_TENANT.to_owned()));
    variables.extend(settings.iter().cloned());
    // Whoever has a session of a real account must not send its token here, nor mix the two.
    let mut lines = "unset AWS_SESSION_TOKEN\n".to_owned();
    for (name, value) in variables {
        lines.push_str(&format!("export {name}='{value}'\n"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_gets_a_variable_a_line() {
        let lines = exports(
            "http://127.0.0.1:8000",
            "http://127.0.0.1:9324",
            &[("CANARY_ABOVE", "1".to_owned())],
        );
        assert!(lines.ends_with("\nexport CANARY_ABOVE='1'\n"), "{lines}");
        assert!(lines.contains("\nexport TABLE_NAME='tidings'\n"), "{lines}");
        let url = "http://127.0.0.1:9324/000000000000/tasks-dead-letters";
        let line = format!("\nexport TASK_DEAD_LETTER_QUEUE_URL='{url}'\n");
        assert!(lines.contains(&line), "{lines}");
    }
}
