//! The SDK clients.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::sdk_config::SharedCredentialsProvider;
use http_client::HttpClient;

use crate::sdk_http::SdkHttp;
use crate::settings::{Service, Settings};

/// Tries of one call, the first included.
const ATTEMPTS: u32 = 3;

/// The longest wait before the second try; it doubles after that. The SDK's own second is long against an answer that
/// takes milliseconds, and Lambda bills the waiting.
const BACKOFF: Duration = Duration::from_millis(100);

/// Makes the clients of the AWS services, all over the same HTTP client.
///
/// A client is made when it is asked for. The store's is wanted by nearly every event; ask for the others with the first
/// call, as the queue, the bus and the secrets here do: to make a client costs as much as a call.
#[derive(Debug, Clone)]
pub struct AwsClients {
    config: SdkConfig,
    settings: Settings,
    sqs: Arc<OnceLock<aws_sdk_sqs::Client>>,
    event_bridge: Arc<OnceLock<aws_sdk_eventbridge::Client>>,
}

impl AwsClients {
    /// Nothing is read or opened here.
    #[must_use]
    pub fn new(http: HttpClient, settings: Settings) -> Self {
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(settings.region.clone())
            .credentials_provider(SharedCredentialsProvider::new(settings.credentials.clone()))
            .http_client(SdkHttp::new(http))
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(ATTEMPTS)
                    .with_initial_backoff(BACKOFF),
            )
            // Bodies are small and whole; watching them as streams would cost a timer a call.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Self {
            config,
            settings,
            sqs: Arc::default(),
            event_bridge: Arc::default(),
        }
    }

    /// Amazon DynamoDB.
    #[must_use]
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let mut config = aws_sdk_dynamodb::config::Builder::from(&self.config);
        config.set_endpoint_url(self.endpoint(Service::DynamoDb));
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    /// Amazon SQS. Made when it is first asked for, and shared by all clones: to make a client costs as much as a call,
    /// and many an invocation sends nothing.
    #[must_use]
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        let make = || {
            let mut config = aws_sdk_sqs::config::Builder::from(&self.config);
            config.set_endpoint_url(self.endpoint(Service::Sqs));
            aws_sdk_sqs::Client::from_conf(config.build())
        };
        self.sqs.get_or_init(make).clone()
    }

    /// AWS Secrets Manager. Made anew each time: a process reads a secret once, and again when it is refused.
    #[must_use]
    pub fn secrets_manager(&self) -> aws_sdk_secretsmanager::Client {
        let mut config = aws_sdk_secretsmanager::config::Builder::from(&self.config);
        config.set_endpoint_url(self.endpoint(Service::SecretsManager));
        aws_sdk_secretsmanager::Client::from_conf(config.build())
    }

    /// Amazon EventBridge. Made when it is first asked for, and shared by all clones.
    #[must_use]
    pub fn event_bridge(&self) -> aws_sdk_eventbridge::Client {
        let make = || {
            let mut config = aws_sdk_eventbridge::config::Builder::from(&self.config);
            config.set_endpoint_url(self.endpoint(Service::EventBridge));
            aws_sdk_eventbridge::Client::from_conf(config.build())
        };
        self.event_bridge.get_or_init(make).clone()
    }

    fn endpoint(&self, service: Service) -> Option<String> {
        self.settings.endpoint(service).map(str::to_owned)
    }
}
