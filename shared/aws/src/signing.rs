//! Request signatures (AWS Signature Version 4) made with ring.
//!
//! The SDK's own signer derives the day's key for every request and hashes in software on arm64, which costs more than
//! everything else that the SDK does in a call. This one keeps the key and hashes with the processor's instructions. It
//! knows the one kind of request that our services take; any other, and a second try, is left to the SDK's signer.
//!
//! See the IAM user guide, "Create a signed AWS API request".

use std::fmt::{self, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4Signer};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::{
    AuthScheme, AuthSchemeEndpointConfig, AuthSchemeId, Sign,
};
use aws_smithy_runtime_api::client::identity::{Identity, SharedIdentityResolver};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::{GetIdentityResolver, RuntimeComponents};
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use jiff::Timestamp;
use ring::{digest, hmac};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const DATE: &str = "x-amz-date";
const TOKEN: &str = "x-amz-security-token";

/// Signs what an SDK client sends.
#[derive(Default)]
pub(crate) struct SigV4 {
    sdk: SigV4Signer,
    key: Mutex<Option<(Scope, hmac::Key)>>,
}

/// What a signing key is good for.
#[derive(Clone, PartialEq, Eq)]
struct Scope {
    access_key_id: String,
    /// `20260105`
    day: String,
    region: String,
    service: String,
}

/// The parts of a request that are signed.
struct Signed<'a> {
    /// Name and value, in the order of the names.
    headers: Vec<(&'a str, &'a str)>,
    body: &'a [u8],
}

impl fmt::Debug for SigV4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigV4")
    }
}

impl AuthScheme for SigV4 {
    fn scheme_id(&self) -> AuthSchemeId {
        SCHEME_ID
    }

    fn identity_resolver(
        &self,
        identity_resolvers: &dyn GetIdentityResolver,
    ) -> Option<SharedIdentityResolver> {
        identity_resolvers.identity_resolver(SCHEME_ID)
    }

    fn signer(&self) -> &dyn Sign {
        self
    }
}

impl Sign for SigV4 {
    fn sign_http_request(
        &self,
        request: &mut HttpRequest,
        identity: &Identity,
        endpoint: AuthSchemeEndpointConfig<'_>,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        let signing = Signing::of(identity, &endpoint, components, config);
        if let Some(signing) = signing
            && self.sign(request, &signing).is_some()
        {
            return Ok(());
        }
        self.sdk
            .sign_http_request(request, identity, endpoint, components, config)
    }
}

/// Whom a request is signed for, and when.
struct Signing<'a> {
    credentials: &'a Credentials,
    region: &'a str,
    service: &'a str,
    now: SystemTime,
}

impl<'a> Signing<'a> {
    /// `None` when the request is not of the one kind that is signed here.
    fn of(
        identity: &'a Identity,
        endpoint: &AuthSchemeEndpointConfig<'_>,
        components: &RuntimeComponents,
        config: &'a ConfigBag,
    ) -> Option<Self> {
        // The SDK corrects its clock by what the first try was answered.
        let tries = config.load::<RequestAttempts>();
        let first = tries.is_none_or(|tries| tries.attempts() <= 1);
        let operation = config.load::<SigV4OperationSigningConfig>();
        let options = operation.map(|operation| &operation.signing_options);
        let plain = options.is_none_or(|options| {
            options.payload_override.is_none() && options.expires_in.is_none()
        });
        if !first || !plain || endpoint.as_document().is_some() {
            return None;
        }
        let region = operation.and_then(|operation| operation.region.as_ref());
        let service = operation.and_then(|operation| operation.name.as_ref());
        Some(Self {
            credentials: identity.data()?,
            region: config.load::<SigningRegion>().or(region)?.as_ref(),
            service: config.load::<SigningName>().or(service)?.as_ref(),
            now: components.time_source()?.now(),
        })
    }
}

impl SigV4 {
    /// Adds the signature to a request. `None` when it is not of the one kind that is signed here.
    fn sign(&self, request: &mut HttpRequest, signing: &Signing<'_>) -> Option<()> {
        let host = host(request)?;
        let now = Timestamp::try_from(signing.now).ok()?;
        let stamp = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let scope = Scope {
            access_key_id: signing.credentials.access_key_id().to_owned(),
            day: stamp[..8].to_owned(),
            region: signing.region.to_owned(),
            service: signing.service.to_owned(),
        };
        let headers = request.headers_mut();
        headers.insert(DATE, stamp.clone());
        if let Some(token) = signing.credentials.session_token() {
            headers.insert(TOKEN, token.to_owned());
        }
        let authorization = {
            let signed = Signed {
                headers: signed_headers(request, &host),
                body: request.body().bytes()?,
            };
            let secret = signing.credentials.secret_access_key();
            self.authorization(&signed, &stamp, scope, secret)
        };
        request.headers_mut().insert("authorization", authorization);
        Some(())
    }

    /// The value of the header that carries the signature.
    fn authorization(
        &self,
        signed: &Signed<'_>,
        stamp: &str,
        scope: Scope,
        secret: &str,
    ) -> String {
        let names = names(&signed.headers);
        let hashed = hex(digest::digest(
            &digest::SHA256,
            canonical(signed, &names).as_bytes(),
        ));
        let Scope {
            access_key_id,
            day,
            region,
            service,
        } = &scope;
        let credential = format!("{day}/{region}/{service}/aws4_request");
        let to_sign = format!("{ALGORITHM}\n{stamp}\n{credential}\n{hashed}");
        let start =
            format!("{ALGORITHM} Credential={access_key_id}/{credential}, SignedHeaders={names}");
        let signature = hmac::sign(&self.key(scope, secret), to_sign.as_bytes());
        format!("{start}, Signature={}", hex(signature))
    }

    /// The key of a scope: kept, because it is the same all day.
    fn key(&self, scope: Scope, secret: &str) -> hmac::Key {
        let mut kept = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, key)) = &*kept
            && *of == scope
        {
            return key.clone();
        }
        let start = format!("AWS4{secret}");
        let parts = [&*scope.day, &*scope.region, &*scope.service, "aws4_request"];
        let key = parts.iter().fold(new_key(start.as_bytes()), |key, part| {
            new_key(hmac::sign(&key, part.as_bytes()).as_ref())
        });
        *kept = Some((scope, key.clone()));
        key
    }
}

fn new_key(bytes: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, bytes)
}

/// The host as the `Host` header will have it. `None` when more than the host would have to be signed of the address.
fn host(request: &HttpRequest) -> Option<String> {
    let uri: http::Uri = request.uri().parse().ok()?;
    let plain = request.method() == "POST" && uri.path() == "/" && uri.query().is_none();
    let standard = match uri.scheme_str() {
        Some("https") => 443,
        Some("http") => 80,
        _ => return None,
    };
    let authority = uri.authority().filter(|_| plain)?;
    Some(match authority.port_u16() {
        Some(port) if port != standard => format!("{}:{port}", authority.host()),
        _ => authority.host().to_owned(),
    })
}

/// The headers that must be signed: the host, the kind of the body, and what AWS itself reads.
fn signed_headers<'a>(request: &'a HttpRequest, host: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut headers: Vec<(&str, &str)> = request
        .headers()
        .iter()
        .filter(|(name, _)| match *name {
            // Whoever is on the way may change it.
            "x-amzn-trace-id" => false,
            name => name.starts_with("x-amz") || name == "content-type",
        })
        .collect();
    headers.push(("host", host));
    headers.sort_unstable();
    headers
}

fn names(headers: &[(&str, &str)]) -> String {
    let mut names = String::with_capacity(128);
    for (name, _) in headers {
        if !names.is_empty() {
            names.push(';');
        }
        names.push_str(name);
    }
    names
}

/// The request as both sides write it down.
fn canonical(signed: &Signed<'_>, names: &str) -> String {
    let mut text = String::with_capacity(1024);
    text.push_str("POST\n/\n\n");
    for (name, value) in &signed.headers {
        text.push_str(name);
        text.push(':');
        for (number, word) in value.split_ascii_whitespace().enumerate() {
            if number > 0 {
                text.push(' ');
            }
            text.push_str(word);
        }
        text.push('\n');
    }
    text.push('\n');
    text.push_str(names);
    text.push('\n');
    text.push_str(&hex(digest::digest(&digest::SHA256, signed.body)));
    text
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    let mut text = String::with_capacity(64);
    for byte in bytes.as_ref() {
        write!(text, "{byte:02x}").expect("a text takes everything");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
    use aws_sigv4::sign::v4::SigningParams;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn request(
        uri: &str,
        headers: &[(&'static str, &'static str)],
        body: &'static str,
    ) -> HttpRequest {
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method("POST").unwrap();
        request.set_uri(uri).unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, *value);
        }
        request
    }

    fn credentials(token: Option<&str>) -> Credentials {
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        Credentials::new(
            "AKIDEXAMPLE",
            secret,
            token.map(str::to_owned),
            None,
            "test",
        )
    }

    fn signed(
        mut request: HttpRequest,
        credentials: &Credentials,
        now: SystemTime,
    ) -> Option<HttpRequest> {
        let signing = Signing {
            credentials,
            region: "us-east-1",
            service: "service",
            now,
        };
        SigV4::default().sign(&mut request, &signing)?;
        Some(request)
    }

    fn signature(request: &HttpRequest) -> &str {
        let header = request.headers().get("authorization").unwrap();
        header.rsplit_once("Signature=").unwrap().1
    }

    #[test]
    fn the_example_of_the_documentation_gets_its_signature() {
        // 2015-08-30T12:36:00Z, as in the test suite for Signature Version 4 ("post-vanilla").
        let now = UNIX_EPOCH + Duration::from_secs(1_440_938_160);
        let request = request("https://example.amazonaws.com/", &[], "");
        let request = signed(request, &credentials(None), now).unwrap();
        assert_eq!(
            signature(&request),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
        );
    }

    #[test]
    fn a_call_gets_the_signature_that_the_sdk_would_give_it() {
        let now = UNIX_EPOCH + Duration::from_secs(1_767_603_600);
        for (uri, host, token) in [
            (
                "https://dynamodb.eu-west-1.amazonaws.com/",
                "dynamodb.eu-west-1.amazonaws.com",
                None,
            ),
            ("http://127.0.0.1:8000/", "127.0.0.1:8000", Some("session")),
            ("https://sqs.example:443/", "sqs.example", Some("session")),
        ] {
            let headers = [
                ("content-type", "application/x-amz-json-1.0"),
                ("x-amz-target", "DynamoDB_20120810.GetItem"),
                ("x-amz-user-agent", "two  words "),
                ("amz-sdk-request", "attempt=1; max=3"),
            ];
            let body = r#"{"TableName":"tidings"}"#;
            let credentials = credentials(token);
            let ours = signed(request(uri, &headers, body), &credentials, now).unwrap();

            let identity = credentials.into();
            let parameters = SigningParams::builder()
                .identity(&identity)
                .region("us-east-1")
                .name("service")
                .time(now)
                .settings(SigningSettings::default())
                .build()
                .unwrap()
                .into();
            let to_sign = headers[..3].iter().copied().chain([("host", host)]);
            let body = SignableBody::Bytes(body.as_bytes());
            let to_sign = SignableRequest::new("POST", uri, to_sign, body).unwrap();
            let (_, theirs) = sign(to_sign, &parameters).unwrap().into_parts();
            assert_eq!(signature(&ours), theirs, "{uri}");
        }
    }

    #[test]
    fn the_key_of_yesterday_is_not_used_today() {
        let signer = SigV4::default();
        let scope = |day: &str| Scope {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            day: day.to_owned(),
            region: "us-east-1".to_owned(),
            service: "dynamodb".to_owned(),
        };
        let tag = |day| {
            hmac::sign(&signer.key(scope(day), "secret"), b"")
                .as_ref()
                .to_vec()
        };
        let first = tag("20260105");
        assert_eq!(first, tag("20260105"));
        assert_ne!(first, tag("20260106"));
        assert_eq!(first, tag("20260105"));
    }

    #[test]
    fn another_kind_of_request_is_left_to_the_sdk() {
        for uri in [
            "https://s3.example/key",
            "https://sqs.example/?a=b",
            "ftp://x/",
        ] {
            let request = request(uri, &[], "");
            assert!(
                signed(request, &credentials(None), UNIX_EPOCH).is_none(),
                "{uri}"
            );
        }
    }
}
