//! `--stack NAME`: the variables of a deployed stack, asked for through the AWS command line.
//!
//! The AWS command line knows profiles, single sign-on and regions; this program knows the environment alone.

use std::process::Command;

use anyhow::{Context as _, anyhow};
use serde_json::Value;
use startup::Environment;

/// Where a command works.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Where {
    /// Take the variables from this CloudFormation stack, through the AWS command line
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,
}

impl Where {
    /// The environment to work in: that of the stack, or the one that is there.
    ///
    /// # Errors
    ///
    /// When the AWS command line is missing, refuses, or knows no such stack.
    pub(crate) fn environment(&self, here: Environment) -> anyhow::Result<Environment> {
        let Some(name) = &self.stack else {
            return Ok(here);
        };
        let arguments = [
            "cloudformation",
            "describe-stacks",
            "--stack-name",
            name,
            "--output",
            "json",
        ];
        let described = asked(&arguments)?;
        let mut variables = of_stack(&described)
            .with_context(|| format!("failed to read what CloudFormation says of {name}"))?;
        let credentials = [
            "configure",
            "export-credentials",
            "--format",
            "env-no-export",
        ];
        variables.extend(pairs(&asked(&credentials)?));
        Ok(Environment::from_pairs(variables))
    }
}

/// Asks the AWS command line.
fn asked(arguments: &[&str]) -> anyhow::Result<String> {
    let what = format!("aws {}", arguments.join(" "));
    let answer = Command::new("aws").args(arguments).output().with_context(|| {
        format!("failed to run {what}: --stack needs the AWS command line; without it, set the variables")
    })?;
    if !answer.status.success() {
        let why = String::from_utf8_lossy(&answer.stderr);
        return Err(anyhow!("{what} failed: {}", why.trim()));
    }
    String::from_utf8(answer.stdout).with_context(|| format!("{what} answered no text"))
}

/// The variables that a stack's outputs and parameters stand for: `NotificationQueueUrl` is `NOTIFICATION_QUEUE_URL`.
fn of_stack(described: &str) -> anyhow::Result<Vec<(String, String)>> {
    let json: Value = serde_json::from_str(described)?;
    let stack = &json["Stacks"][0];
    let id = stack["StackId"].as_str().context("no stack id")?;
    let region = id
        .split(':')
        .nth(3)
        .context("no region in the stack's id")?;
    let mut variables = vec![("AWS_REGION".to_owned(), region.to_owned())];
    for (list, key, value) in [
        ("Parameters", "ParameterKey", "ParameterValue"),
        ("Outputs", "OutputKey", "OutputValue"),
    ] {
        let entries = stack[list]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        for entry in entries {
            if let (Some(key), Some(value)) = (entry[key].as_str(), entry[value].as_str()) {
                variables.push((variable(key), value.to_owned()));
            }
        }
    }
    Ok(variables)
}

/// `NotificationQueueUrl` as `NOTIFICATION_QUEUE_URL`.
fn variable(key: &str) -> String {
    let mut name = String::with_capacity(key.len() + 4);
    for character in key.chars() {
        if character.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(character.to_ascii_uppercase());
    }
    name
}

/// `NAME=value`, one a line.
fn pairs(lines: &str) -> Vec<(String, String)> {
    let pairs = lines.lines().filter_map(|line| line.split_once('='));
    pairs
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_and_parameters_are_the_variables_of_the_functions() {
        let described = serde_json::json!({ "Stacks": [{
            "StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/tidings/1f9c",
            "Parameters": [
                { "ParameterKey": "MicrosoftAppTenantId", "ParameterValue": "7d9b1f6c" },
                { "ParameterKey": "DeliveryRate", "ParameterValue": "30" },
            ],
            "Outputs": [
                { "OutputKey": "TableName", "OutputValue": "tidings-Table-1" },
                { "OutputKey": "TaskDeadLetterQueueUrl", "OutputValue": "https://sqs.eu-west-1.amazonaws.com/1/t" },
            ],
        }] });
        let variables = of_stack(&described.to_string()).unwrap();
        let expected = [
            ("AWS_REGION", "eu-west-1"),
            ("MICROSOFT_APP_TENANT_ID", "7d9b1f6c"),
            ("DELIVERY_RATE", "30"),
            ("TABLE_NAME", "tidings-Table-1"),
            (
                "TASK_DEAD_LETTER_QUEUE_URL",
                "https://sqs.eu-west-1.amazonaws.com/1/t",
            ),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(variables, expected);
        assert!(of_stack("{}").is_err());
    }

    #[test]
    fn the_template_has_an_output_for_every_queue_that_commands_use() {
        let template = include_str!("../../template.yaml");
        for output in [
            "TableName",
            "NotificationQueueUrl",
            "NotificationDeadLetterQueueUrl",
            "DeliveryQueueUrl",
            "DeliveryDeadLetterQueueUrl",
            "BroadcastQueueUrl",
            "BroadcastDeadLetterQueueUrl",
            "TaskQueueUrl",
            "TaskDeadLetterQueueUrl",
            "PollsDeadLetterQueueUrl",
            "WatchDeadLetterQueueUrl",
            "EventBusName",
        ] {
            assert!(template.contains(&format!("\n  {output}: ")), "{output}");
        }
        assert!(template.contains("\n  MicrosoftAppTenantId:\n"));
    }

    #[test]
    fn credentials_are_read_as_the_aws_command_line_writes_them() {
        let lines = "AWS_ACCESS_KEY_ID=AKID\nAWS_SECRET_ACCESS_KEY=a=b/c+\n";
        assert_eq!(
            pairs(lines)[1],
            ("AWS_SECRET_ACCESS_KEY".to_owned(), "a=b/c+".to_owned())
        );
    }
}
