//! Request signatures, made by AWS's own signer.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use http_client::header::{HeaderMap, HeaderName, HeaderValue};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Who signs, and for what.
#[derive(Clone, Debug)]
pub(crate) struct Signer {
    identity: Identity,
    region: String,
    /// The name under which the service checks signatures.
    service: &'static str,
}

impl Signer {
    pub(crate) fn new(credentials: Credentials, region: String, service: &'static str) -> Self {
        Self {
            identity: credentials.into(),
            region,
            service,
        }
    }

    /// Signs a `POST` of this body, with the headers that are there, and adds the headers that the signature needs.
    ///
    /// Everything in `headers` is signed: leave out what somebody on the way may change.
    pub(crate) fn sign(
        &self,
        url: &str,
        headers: &mut HeaderMap,
        body: &[u8],
        now: SystemTime,
    ) -> Result<(), Error> {
        let mut settings = SigningSettings::default();
        settings.excluded_headers = None;
        let params = SigningParams::builder()
            .identity(&self.identity)
            .region(&self.region)
            .name(self.service)
            .time(now)
            .settings(settings)
            .build()?
            .into();
        let mut signed = Vec::with_capacity(headers.len());
        for (name, value) in &*headers {
            signed.push((name.as_str(), value.to_str()?));
        }
        let request =
            SignableRequest::new("POST", url, signed.into_iter(), SignableBody::Bytes(body))?;
        let (instructions, _) = sign(request, &params)?.into_parts();
        let (added, _) = instructions.into_parts();
        for header in added {
            let mut value = HeaderValue::from_str(header.value())?;
            value.set_sensitive(header.sensitive());
            headers.insert(HeaderName::from_static(header.name()), value);
        }
        Ok(())
    }
}
