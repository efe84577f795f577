//! A source on loopback that answers what a test says, and keeps what it was asked.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, Uri};
use futures_util::stream::{self, StreamExt as _};
use tokio::net::TcpListener;

/// What a path answers.
#[derive(Clone)]
pub(super) struct Page {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    /// Whether the end never comes.
    pub(super) is_endless: bool,
}

impl Page {
    pub(super) fn new(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: body.into(),
            is_endless: false,
        }
    }

    pub(super) fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::new("")
        }
    }

    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

#[derive(Clone, Default)]
pub(super) struct Source {
    address: String,
    pages: Arc<Mutex<BTreeMap<String, Page>>>,
    asked: Arc<Mutex<Vec<(String, HeaderMap)>>>,
}

impl Source {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it listens").to_string();
        let source = Self {
            address,
            ..Self::default()
        };
        let app = Router::new().fallback(answer).with_state(source.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        source
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn port(&self) -> &str {
        self.address.rsplit(':').next().expect("a port")
    }

    pub(super) fn serve(&self, path: &str, page: Page) {
        self.pages.lock().unwrap().insert(path.to_owned(), page);
    }

    /// The headers of every request for a path so far, taken out.
    pub(super) fn asked(&self, path: &str) -> Vec<HeaderMap> {
        let mut asked = self.asked.lock().unwrap();
        let (of_it, others) = asked.drain(..).partition(|(asked, _)| asked == path);
        *asked = others;
        of_it.into_iter().map(|(_, headers)| headers).collect()
    }
}

async fn answer(State(source): State<Source>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    let path = uri.path().to_owned();
    let page = source.pages.lock().unwrap().get(&path).cloned();
    let mut page = page.unwrap_or_else(|| Page::status(404));
    let etag = page.headers.iter().find(|(name, _)| *name == "etag");
    let known = headers
        .get("if-none-match")
        .and_then(|etag| etag.to_str().ok());
    if etag.is_some_and(|(_, etag)| Some(etag.as_str()) == known) {
        page = Page::status(304);
    }
    source.asked.lock().unwrap().push((path, headers));
    let mut response = Response::builder().status(page.status);
    for (name, value) in page.headers {
        response = response.header(name, value);
    }
    let body = if page.is_endless {
        let first = stream::once(async move { Ok::<_, Infallible>(Bytes::from(page.body)) });
        Body::from_stream(first.chain(stream::pending()))
    } else {
        Body::from(page.body)
    };
    response.body(body).unwrap()
}
