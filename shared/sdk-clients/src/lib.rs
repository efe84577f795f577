#![doc = include_str!("../README.md")]

mod sdk_http;

use aws::settings::Service;
use aws::{AwsClients, Settings};
use aws_sdk_dynamodb::config::Credentials;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::sdk_config::SharedCredentialsProvider;

use sdk_http::SdkHttp;

/// Amazon DynamoDB.
#[must_use]
pub fn dynamodb(clients: &AwsClients) -> aws_sdk_dynamodb::Client {
    let mut config = aws_sdk_dynamodb::config::Builder::from(&config(clients));
    config.set_endpoint_url(endpoint(clients.settings(), Service::DynamoDb));
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

/// Amazon SQS.
#[must_use]
pub fn sqs(clients: &AwsClients) -> aws_sdk_sqs::Client {
    let mut config = aws_sdk_sqs::config::Builder::from(&config(clients));
    config.set_endpoint_url(endpoint(clients.settings(), Service::Sqs));
    aws_sdk_sqs::Client::from_conf(config.build())
}

/// The part that all services have: the standard retries, as `aws` has them too. An endpoint is up to the service's own.
#[must_use]
pub fn config(clients: &AwsClients) -> SdkConfig {
    let settings = clients.settings();
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(settings.region().to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(credentials(settings)))
        .http_client(SdkHttp::new(clients.http().clone()))
        .retry_config(RetryConfig::standard())
        // Bodies are small and whole; watching them as streams would cost a timer a call.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build()
}

fn credentials(settings: &Settings) -> Credentials {
    let ours = settings.credentials();
    let token = ours.session_token().map(str::to_owned);
    Credentials::new(ours.key_id(), ours.secret(), token, None, "settings")
}

fn endpoint(settings: &Settings, service: Service) -> Option<String> {
    settings.endpoint(service).map(ToString::to_string)
}
