//! The two clients, and what they say in one language.

use aws::dynamodb::{AttributeValue, Blob, Item};
use aws::{AwsClients, CallError, Settings};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::AttributeValue as Theirs;
use http_client::HttpClient;

/// Ours and the SDK's, at the same endpoint.
pub(crate) struct Both {
    pub(crate) ours: aws::dynamodb::Client,
    pub(crate) theirs: aws_sdk_dynamodb::Client,
}

impl Both {
    pub(crate) fn at(endpoint: &str) -> Self {
        let clients = AwsClients::new(HttpClient::new(), Settings::emulator(endpoint));
        Self {
            ours: clients.dynamodb(),
            theirs: sdk_clients::dynamodb(&clients),
        }
    }
}

/// How a call ended: what it gave, or the service's code; `None` without an answer.
pub(crate) type Ended<T> = Result<T, Option<String>>;

/// How one of our calls ended.
pub(crate) fn ours<T>(result: Result<T, CallError>) -> Ended<T> {
    result.map_err(|error| error.code().map(str::to_owned))
}

/// How one of the SDK's calls ended.
pub(crate) fn theirs<T, E: ProvideErrorMetadata, R>(result: Result<T, SdkError<E, R>>) -> Ended<T> {
    result.map_err(|error| error.as_service_error()?.code().map(str::to_owned))
}

/// A value of the SDK's as one of ours.
pub(crate) fn value(theirs: &Theirs) -> AttributeValue {
    let blob = |blob: &aws_sdk_dynamodb::primitives::Blob| Blob::new(blob.as_ref());
    match theirs {
        Theirs::S(text) => AttributeValue::S(text.clone()),
        Theirs::N(number) => AttributeValue::N(number.clone()),
        Theirs::B(bytes) => AttributeValue::B(blob(bytes)),
        Theirs::Ss(texts) => AttributeValue::Ss(texts.clone()),
        Theirs::Ns(numbers) => AttributeValue::Ns(numbers.clone()),
        Theirs::Bs(all) => AttributeValue::Bs(all.iter().map(blob).collect()),
        Theirs::M(map) => AttributeValue::M(item(map)),
        Theirs::L(list) => AttributeValue::L(list.iter().map(value).collect()),
        Theirs::Bool(truth) => AttributeValue::Bool(*truth),
        Theirs::Null(null) => AttributeValue::Null(*null),
        other => panic!("a value of a new type: {other:?}"),
    }
}

/// An item of the SDK's as one of ours.
pub(crate) fn item<'a>(theirs: impl IntoIterator<Item = (&'a String, &'a Theirs)>) -> Item {
    let theirs = theirs.into_iter();
    theirs
        .map(|(name, theirs)| (name.clone(), value(theirs)))
        .collect()
}
