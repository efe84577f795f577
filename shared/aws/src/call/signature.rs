//! Request signatures, made by AWS's own signer.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use http_client::header::{HeaderMap, HeaderName, HeaderValue};
use ring::digest;

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
        // What the signer would do itself, in software where it does not know the processor.
        let body = SignableBody::Precomputed(hex(digest::digest(&digest::SHA256, body).as_ref()));
        let request = SignableRequest::new("POST", url, signed.into_iter(), body)?;
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

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(digit).collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    const URL: &str = "https://example.amazonaws.com/";

    fn signer() -> Signer {
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        let credentials = Credentials::new("AKIDEXAMPLE", secret, None, None, "test");
        Signer::new(credentials, "us-east-1".to_owned(), "service")
    }

    fn signature(headers: &HeaderMap) -> &str {
        let header = headers["authorization"].to_str().expect("text");
        header.rsplit_once("Signature=").expect("a signature").1
    }

    #[test]
    fn the_examples_of_aws_get_their_signatures() {
        // 2015-08-30T12:36:00Z: "post-vanilla" and "post-header-key-sort" of the test suite for Signature Version 4.
        let now = UNIX_EPOCH + Duration::from_secs(1_440_938_160);
        let mut headers = HeaderMap::new();
        signer().sign(URL, &mut headers, b"", now).expect("signed");
        assert_eq!(
            signature(&headers),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
        );
        let mut headers = HeaderMap::new();
        headers.insert("my-header1", HeaderValue::from_static("value1"));
        signer().sign(URL, &mut headers, b"", now).expect("signed");
        assert_eq!(
            signature(&headers),
            "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"
        );
    }

    #[test]
    fn the_body_is_signed_as_the_signer_itself_would_hash_it() {
        let now = UNIX_EPOCH + Duration::from_secs(1_767_603_600);
        let body = br#"{"TableName":"tidings"}"#;
        let signer = signer();
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-target", HeaderValue::from_static("X.GetItem"));
        let params = SigningParams::builder()
            .identity(&signer.identity)
            .region("us-east-1")
            .name("service")
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .expect("complete")
            .into();
        let same = [("x-amz-target", "X.GetItem")];
        let request =
            SignableRequest::new("POST", URL, same.into_iter(), SignableBody::Bytes(body));
        let theirs = sign(request.expect("a request"), &params).expect("signed");
        signer.sign(URL, &mut headers, body, now).expect("signed");
        assert_eq!(signature(&headers), theirs.signature());
    }
}
