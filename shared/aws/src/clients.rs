//! The services, each with its caller.

use std::sync::{Arc, OnceLock};

use http_client::HttpClient;

use crate::call::{Caller, Signatory};
use crate::dynamodb;
use crate::settings::{Service, Settings};

/// The AWS services that Tidings calls, all over the same HTTP client.
///
/// Cheap to clone: clones share what they know of each service.
#[derive(Debug, Clone)]
pub struct AwsClients {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    http: HttpClient,
    settings: Settings,
    signatory: Arc<Signatory>,
    callers: [OnceLock<Arc<Caller>>; Service::ALL.len()],
}

impl AwsClients {
    /// Nothing is opened here.
    #[must_use]
    pub fn new(http: HttpClient, settings: Settings) -> Self {
        let credentials = settings.credentials().clone();
        let signatory = Arc::new(Signatory::new(credentials, settings.region().to_owned()));
        Self {
            inner: Arc::new(Inner {
                http,
                settings,
                signatory,
                callers: Default::default(),
            }),
        }
    }

    /// The HTTP client.
    #[must_use]
    pub fn http(&self) -> &HttpClient {
        &self.inner.http
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// Amazon DynamoDB.
    #[must_use]
    pub fn dynamodb(&self) -> dynamodb::Client {
        dynamodb::Client::over(self.caller(Service::DynamoDb).clone())
    }

    /// What calls a service. Made when it is first asked for.
    pub(crate) fn caller(&self, service: Service) -> &Arc<Caller> {
        let Inner {
            http,
            settings,
            signatory,
            callers,
        } = &*self.inner;
        let make = || {
            let (http, signatory) = (http.clone(), Arc::clone(signatory));
            Arc::new(Caller::new(http, settings, signatory, service))
        };
        callers[service as usize].get_or_init(make)
    }
}
