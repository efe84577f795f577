#![doc = include_str!("../README.md")]

mod client;
mod tls;

pub use client::{HttpClient, Timeouts};
pub use reqwest::{self, Method, StatusCode, header};
