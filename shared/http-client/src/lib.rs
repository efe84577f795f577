#![doc = include_str!("../README.md")]

mod client;
mod connector;
mod cryptography;
mod error;
mod request;
mod resolve;
mod response;
mod retry_after;
mod tls;

pub use client::{HttpClient, Sending, Timeouts};
pub use error::HttpError;
pub use http::{Method, Request, StatusCode, Uri, header};
pub use request::RequestBuilder;
pub use resolve::Resolve;
pub use response::Response;
pub use retry_after::{http_date, retry_after};
