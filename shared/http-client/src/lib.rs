#![doc = include_str!("../README.md")]

mod client;
mod cryptography;
mod retry_after;
mod tls;

pub use client::{HttpClient, Timeouts};
pub use reqwest::{self, Method, StatusCode, header};
pub use retry_after::{http_date, retry_after};
