#![doc = include_str!("../README.md")]

mod access_token;
mod app_tokens;
mod cell;
mod certificate;
mod credential;
mod error;
mod exchange;
mod registration;
mod token_source;

pub use access_token::{AccessToken, NotAToken};
pub use app_tokens::{AppTokens, Now};
pub use certificate::{Certificate, CertificateError};
pub use credential::{Credential, CredentialError, CredentialSource, Fixed, Freshness, Secret};
pub use error::{Refusal, TokenError};
pub use registration::{AppType, BadAuthority, Registration, UnknownAppType};
pub use token_source::TokenSource;
