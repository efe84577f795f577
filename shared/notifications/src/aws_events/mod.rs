//! Notifications made from events that nobody wrote for people.
//!
//! Each AWS service that is known by name gets a message as a person would
//! write it; any other event gets a sound one. All of them say what happened,
//! to what, who did it and where to look, in English and in Spanish, and go
//! to the subscribers of the topic named after the event's source
//! (`aws.cloudwatch`).

mod backup;
mod cloudtrail;
mod cloudwatch;
mod codebuild;
mod codepipeline;
mod console;
mod draft;
mod ec2;
mod ecs;
mod generic;
mod guardduty;
mod health;
mod services;
mod states;
mod stepfunctions;

use crate::notification::Notification;
use crate::topic::TopicName;
use draft::Draft;
use serde_json::Value;

/// An EventBridge event, as far as it is described.
#[derive(Clone, Debug)]
pub struct ServiceEvent<'a> {
    /// Who published it: `aws.ec2`.
    pub source: &'a str,
    /// What kind of event it is.
    pub detail_type: &'a str,
    /// The AWS account.
    pub account: Option<&'a str>,
    /// The AWS region.
    pub region: Option<&'a str>,
    /// When it happened.
    pub time: Option<&'a str>,
    /// The ARNs of what it is about.
    pub resources: Vec<&'a str>,
    /// The rest, as the service shapes it.
    pub detail: &'a Value,
}

impl<'a> ServiceEvent<'a> {
    /// The text at a path of `detail`, when it is text and not empty.
    fn text(&self, path: &[&str]) -> Option<&'a str> {
        self.at(path)?
            .as_str()
            .filter(|text| !text.trim().is_empty())
    }

    fn at(&self, path: &[&str]) -> Option<&'a Value> {
        path.iter()
            .try_fold(self.detail, |value, name| value.get(name))
    }

    /// The first of the resources.
    fn resource(&self) -> Option<&'a str> {
        self.resources.first().copied()
    }
}

/// Describes any event as a notification. Never fails: what a service left
/// out, the message leaves out.
#[must_use]
pub fn describe(event: &ServiceEvent<'_>) -> Notification {
    let known = match (event.source, event.detail_type) {
        ("aws.cloudwatch", "CloudWatch Alarm State Change") => cloudwatch::alarm(event),
        ("aws.codepipeline", kind) => codepipeline::change(event, kind),
        ("aws.codebuild", "CodeBuild Build State Change") => codebuild::build(event),
        ("aws.ecs", kind) => ecs::change(event, kind),
        ("aws.health", _) => health::event(event),
        ("aws.ec2", kind) => ec2::change(event, kind),
        ("aws.states", "Step Functions Execution Status Change") => stepfunctions::execution(event),
        ("aws.guardduty", "GuardDuty Finding") => guardduty::finding(event),
        ("aws.backup", kind) => backup::job(event, kind),
        _ => None,
    };
    known
        .or_else(|| cloudtrail::call(event))
        .unwrap_or_else(|| generic::event(event))
        .finish(event)
}

/// The topic of an event's source: `aws.cloudwatch`, or what is nearest to
/// the source among topic names.
#[must_use]
pub fn topic(source: &str) -> TopicName {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-/:+".contains(c);
    let name: String = source
        .chars()
        .map(|c| if fits(c) { c } else { '-' })
        .skip_while(|c| !c.is_ascii_alphanumeric())
        .take(80)
        .collect();
    name.parse()
        .unwrap_or_else(|_| "events".parse().expect("a word of letters is a topic name"))
}

/// Makes the message of a known kind of event; `None` when the event lacks
/// what that message needs.
type Described = Option<Draft>;
