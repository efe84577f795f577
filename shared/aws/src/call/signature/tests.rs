use std::time::{Duration, UNIX_EPOCH};

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use proptest::prelude::*;

use super::*;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const URL: &str = "https://example.amazonaws.com/";

fn signer(token: Option<&str>) -> Signer {
    let token = token.map(str::to_owned);
    let credentials = Credentials::new("AKIDEXAMPLE".to_owned(), SECRET.to_owned(), token);
    let signatory = Signatory::new(credentials, "us-east-1".to_owned());
    Signer::new(Arc::new(signatory), "service")
}

fn signature(headers: &HeaderMap) -> &str {
    let header = headers["authorization"].to_str().expect("text");
    header.rsplit_once("Signature=").expect("a signature").1
}

/// A request to be signed.
#[derive(Clone, Debug)]
struct Request {
    method: Method,
    url: String,
    headers: Vec<(HeaderName, String)>,
    body: Vec<u8>,
    at: SystemTime,
}

impl Request {
    fn headers(&self) -> HeaderMap {
        let headers = self.headers.iter();
        headers
            .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).expect("visible")))
            .fold(HeaderMap::new(), |mut map, (name, value)| {
                map.append(name, value);
                map
            })
    }

    /// The headers with those that we add.
    fn signed_by(&self, signer: &Signer) -> HeaderMap {
        let mut headers = self.headers();
        let url = self.url.parse().expect("an address");
        signer
            .sign(&self.method, &url, &mut headers, &self.body, self.at)
            .expect("signed");
        headers
    }

    /// The headers with those that AWS's own signer adds.
    fn signed_by_aws(&self, signer: &Signer) -> HeaderMap {
        let credentials = &signer.signatory.credentials;
        let token = credentials.session_token().map(str::to_owned);
        let identity: Identity = aws_credential_types::Credentials::new(
            credentials.key_id(),
            credentials.secret(),
            token,
            None,
            "test",
        )
        .into();
        let mut settings = SigningSettings::default();
        settings.excluded_headers = None;
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&signer.signatory.region)
            .name(signer.service)
            .time(self.at)
            .settings(settings)
            .build()
            .expect("complete")
            .into();
        // What goes over the wire: the address as the HTTP client writes it.
        let url: Url = self.url.parse().expect("an address");
        let headers = self.headers.iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.as_str()));
        let body = SignableBody::Bytes(&self.body);
        let request = SignableRequest::new(self.method.as_str(), url.as_str(), headers, body);
        let signed = sign(request.expect("a request"), &params).expect("signed");
        let mut headers = self.headers();
        for header in signed.into_parts().0.into_parts().0 {
            let value = HeaderValue::from_str(header.value()).expect("visible");
            headers.insert(HeaderName::from_static(header.name()), value);
        }
        headers
    }
}

fn seconds(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn example() -> Request {
    Request {
        method: Method::POST,
        url: URL.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
        // 2015-08-30T12:36:00Z
        at: seconds(1_440_938_160),
    }
}

#[test]
fn the_examples_of_aws_get_their_signatures() {
    // "post-vanilla" and "post-header-key-sort" of the test suite for Signature Version 4.
    let mut request = example();
    assert_eq!(
        signature(&request.signed_by(&signer(None))),
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
    );
    let name = HeaderName::from_static("my-header1");
    request.headers.push((name, "value1".to_owned()));
    assert_eq!(
        signature(&request.signed_by(&signer(None))),
        "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"
    );
}

#[test]
fn the_days_key_changes_with_the_day() {
    // A process that lives over midnight, and whose clock is then put back.
    let signer = signer(None);
    for at in [1_767_657_599, 1_767_657_600, 1_767_657_601, 1_767_657_599] {
        let request = Request {
            at: seconds(at),
            ..example()
        };
        assert_eq!(request.signed_by(&signer), request.signed_by_aws(&signer));
    }
}

#[test]
fn services_that_share_a_signatory_have_keys_of_their_own() {
    let one = signer(None);
    let other = Signer::new(Arc::clone(&one.signatory), "dynamodb");
    for signer in [&one, &other, &one] {
        assert_eq!(example().signed_by(signer), example().signed_by_aws(signer));
    }
}

#[test]
fn the_addresses_of_a_scheduler_are_signed_as_aws_signs_them() {
    for (method, url) in [
        (
            Method::POST,
            "https://scheduler.eu-west-1.amazonaws.com/schedules/a.b_c-d",
        ),
        (
            Method::DELETE,
            "https://scheduler.eu-west-1.amazonaws.com/schedules/x?groupName=my%20group&clientToken=a%2Fb",
        ),
        (
            Method::GET,
            "http://127.0.0.1:4566/schedules/arn%3Aaws%3A1/%E2%98%83?b=2&a=1&a=0&c",
        ),
        (Method::PUT, "https://example.com:443//a//b/./c/../d/?"),
        (Method::GET, "https://example.com:8443?+=+&&=&%=%25"),
    ] {
        let request = Request {
            method,
            url: url.to_owned(),
            ..example()
        };
        let signer = signer(Some("the-token"));
        assert_eq!(
            request.signed_by(&signer),
            request.signed_by_aws(&signer),
            "{url}"
        );
    }
}

#[test]
fn the_sessions_token_is_not_shown() {
    let headers = example().signed_by(&signer(Some("the-token")));
    assert_eq!(headers["x-amz-security-token"], "the-token");
    assert!(!format!("{headers:?}").contains("the-token"));
    assert!(!format!("{:?}", signer(Some("the-token"))).contains(SECRET));
}

#[test]
fn what_cannot_be_a_header_is_an_error() {
    let mut headers = HeaderMap::new();
    let (url, at) = (URL.parse().expect("an address"), seconds(0));
    let refused = signer(Some("a\nb")).sign(&Method::POST, &url, &mut headers, b"", at);
    refused.expect_err("a token of two lines");
    headers.clear();
    headers.insert("x-name", HeaderValue::from_bytes(b"\xff").expect("opaque"));
    let refused = signer(None).sign(&Method::POST, &url, &mut headers, b"", at);
    refused.expect_err("a value that is no text");
}

prop_compose! {
    fn requests()(
        method in prop::sample::select(vec![Method::GET, Method::POST, Method::PUT, Method::DELETE]),
        host in prop::sample::select(vec!["https://sqs.eu-west-1.amazonaws.com", "http://localhost:8000", "https://[::1]:443"]),
        segments in prop::collection::vec("(\\PC|[/.%&=+;: ~*]|%2[0-9F]){0,9}", 0..5),
        query in prop::option::of("(\\PC|[&=+%;: ~*'/?]|[abc]=[123]&|%2[0-9F]){0,20}"),
        names in prop::collection::vec("[a-z]([a-z0-9-]{0,8}[a-z0-9])?", 0..5),
        values in prop::collection::vec("[ -~]{0,20}|[a-c]( {0,3}[a-c]){0,4}", 5),
        body in prop::collection::vec(any::<u8>(), 0..300),
        at in 0..4_102_444_800_u64,
    ) -> Request {
        // Neither may stand unencoded in what comes before it.
        let path = segments.join("/").replace(['?', '#'], "%");
        let mut url = format!("{host}/{path}");
        if let Some(query) = query {
            url.push('?');
            url.push_str(&query.replace('#', "%23"));
        }
        let names = names.into_iter().filter_map(|name| name.parse().ok());
        Request {
            method,
            url,
            headers: names.zip(values).collect(),
            body,
            at: seconds(at),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_request_is_signed_as_aws_own_signer_signs_it(
        request in requests(),
        token in prop::option::of("[A-Za-z0-9/+=]{1,80}"),
    ) {
        let signer = signer(token.as_deref());
        prop_assert_eq!(request.signed_by(&signer), request.signed_by_aws(&signer));
    }
}
