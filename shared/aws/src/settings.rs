//! Region, credentials and endpoints.

use std::fmt;

use url::Url;

use crate::credentials::Credentials;

/// An AWS service whose endpoint can be set on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Amazon DynamoDB.
    DynamoDb,
    /// Amazon SQS.
    Sqs,
    /// AWS Secrets Manager.
    SecretsManager,
    /// Amazon EventBridge.
    EventBridge,
    /// AWS Step Functions.
    StepFunctions,
    /// Amazon EventBridge Scheduler.
    Scheduler,
}

impl Service {
    pub(crate) const ALL: [Self; 6] = [
        Self::DynamoDb,
        Self::Sqs,
        Self::SecretsManager,
        Self::EventBridge,
        Self::StepFunctions,
        Self::Scheduler,
    ];

    /// The SDK's own variable for this service's endpoint.
    const fn variable(self) -> &'static str {
        match self {
            Self::DynamoDb => "AWS_ENDPOINT_URL_DYNAMODB",
            Self::Sqs => "AWS_ENDPOINT_URL_SQS",
            Self::SecretsManager => "AWS_ENDPOINT_URL_SECRETS_MANAGER",
            Self::EventBridge => "AWS_ENDPOINT_URL_EVENTBRIDGE",
            Self::StepFunctions => "AWS_ENDPOINT_URL_SFN",
            Self::Scheduler => "AWS_ENDPOINT_URL_SCHEDULER",
        }
    }

    /// The first label of its host.
    pub(crate) const fn host_label(self) -> &'static str {
        match self {
            Self::DynamoDb => "dynamodb",
            Self::Sqs => "sqs",
            Self::SecretsManager => "secretsmanager",
            Self::EventBridge => "events",
            Self::StepFunctions => "states",
            Self::Scheduler => "scheduler",
        }
    }

    /// The name that its signatures are made for: for all of these it is the same.
    pub(crate) const fn signing_name(self) -> &'static str {
        self.host_label()
    }

    /// The type of its bodies, which says the version of the protocol.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::DynamoDb | Self::Sqs | Self::StepFunctions => "application/x-amz-json-1.0",
            Self::SecretsManager | Self::EventBridge => "application/x-amz-json-1.1",
            Self::Scheduler => "application/json",
        }
    }

    /// What stands before an operation's name; nothing where the protocol is REST.
    pub(crate) const fn target(self) -> &'static str {
        match self {
            Self::DynamoDb => "DynamoDB_20120810",
            Self::Sqs => "AmazonSQS",
            Self::SecretsManager => "secretsmanager",
            Self::EventBridge => "AWSEvents",
            Self::StepFunctions => "AWSStepFunctions",
            Self::Scheduler => "",
        }
    }
}

/// Where AWS is and who we are there.
#[derive(Clone)]
pub struct Settings {
    region: String,
    credentials: Credentials,
    endpoints: [Option<Url>; Service::ALL.len()],
}

impl Settings {
    /// Reads the variables that Lambda sets. An empty one is unset.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] names every variable that is missing or cannot be used; the process cannot start.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let get = |name| lookup(name).filter(|value| !value.is_empty());
        let mut problems = Vec::new();
        let region = get("AWS_REGION").or_else(|| get("AWS_DEFAULT_REGION"));
        let key_id = get("AWS_ACCESS_KEY_ID");
        let key = get("AWS_SECRET_ACCESS_KEY");
        for (name, value) in [
            ("AWS_REGION", &region),
            ("AWS_ACCESS_KEY_ID", &key_id),
            ("AWS_SECRET_ACCESS_KEY", &key),
        ] {
            if value.is_none() {
                problems.push((name, "is not set".to_owned()));
            }
        }
        let everywhere = endpoint(&get, "AWS_ENDPOINT_URL", &mut problems);
        let endpoints = Service::ALL.map(|service| {
            endpoint(&get, service.variable(), &mut problems).or_else(|| everywhere.clone())
        });
        match (region, key_id, key) {
            (Some(region), Some(key_id), Some(key)) if problems.is_empty() => Ok(Self {
                region,
                credentials: Credentials::new(key_id, key, get("AWS_SESSION_TOKEN")),
                endpoints,
            }),
            _ => Err(SettingsError { problems }),
        }
    }

    /// Settings for an emulator at `endpoint`, which asks for credentials but does not check them. What is no address is
    /// one that nobody answers.
    #[must_use]
    pub fn emulator(endpoint: &str) -> Self {
        let endpoint = Url::parse(endpoint).unwrap_or_else(|_| nowhere());
        Self {
            region: "us-east-1".to_owned(),
            credentials: Credentials::new("local".to_owned(), "local".to_owned(), None),
            endpoints: Service::ALL.map(|_| Some(endpoint.clone())),
        }
    }

    /// The region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Who we are.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The address that is set for a service; without one it is the region's own.
    #[must_use]
    pub fn endpoint(&self, service: Service) -> Option<&Url> {
        self.endpoints[service as usize].as_ref()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("region", &self.region)
            .field("endpoints", &self.endpoints)
            .finish_non_exhaustive()
    }
}

fn endpoint(
    get: &impl Fn(&'static str) -> Option<String>,
    name: &'static str,
    problems: &mut Vec<(&'static str, String)>,
) -> Option<Url> {
    let value = get(name)?;
    match Url::parse(&value) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Some(url),
        _ => {
            problems.push((name, "is not an http or https address".to_owned()));
            None
        }
    }
}

/// An address that nobody can have.
pub(crate) fn nowhere() -> Url {
    Url::parse("https://region.invalid/").expect("the text is an address")
}

/// The `AWS_…` variables cannot be used.
///
/// Iterates over every (variable, what is wrong with it).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the AWS settings are incomplete: {problems:?}")]
pub struct SettingsError {
    problems: Vec<(&'static str, String)>,
}

impl IntoIterator for SettingsError {
    type Item = (&'static str, String);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.problems.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::from_lookup(&|name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    const COMPLETE: [(&str, &str); 3] = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "hidden"),
    ];

    #[test]
    fn every_missing_variable_is_named() {
        let error = read(&[
            ("AWS_ACCESS_KEY_ID", ""),
            ("AWS_ENDPOINT_URL_SQS", "nowhere"),
        ])
        .expect_err("incomplete");
        let names: Vec<_> = error.into_iter().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            [
                "AWS_REGION",
                "AWS_ACCESS_KEY_ID",
                "AWS_SECRET_ACCESS_KEY",
                "AWS_ENDPOINT_URL_SQS"
            ]
        );
    }

    #[test]
    fn a_services_own_endpoint_wins_over_the_common_one() {
        let mut pairs = COMPLETE.to_vec();
        pairs.push(("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"));
        pairs.push(("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:8000"));
        let settings = read(&pairs).expect("complete");
        assert_eq!(
            settings.endpoint(Service::DynamoDb).map(Url::as_str),
            Some("http://127.0.0.1:8000/")
        );
        assert_eq!(
            settings.endpoint(Service::Sqs).map(Url::as_str),
            Some("http://127.0.0.1:4566/")
        );
    }

    #[test]
    fn credentials_are_not_printed_and_the_session_token_is_kept() {
        let mut pairs = COMPLETE.to_vec();
        pairs.push(("AWS_SESSION_TOKEN", "session"));
        let settings = read(&pairs).expect("complete");
        assert_eq!(settings.credentials.session_token(), Some("session"));
        assert!(!format!("{settings:?}").contains("hidden"));
        assert_eq!(settings.endpoint(Service::EventBridge), None);
    }
}
