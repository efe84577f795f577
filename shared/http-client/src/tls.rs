use std::sync::{Arc, OnceLock};

use rustls::{ClientConfig, RootCertStore};

use crate::cryptography;

/// TLS over ring, trusting the roots that are compiled in.
///
/// Reading the system's certificates costs some 17 million instructions at each
/// cold start, more than everything else a function does before its first
/// event; and aws-lc-rs would add 2 MB to every binary. It is made once for all
/// clients of a process.
pub(crate) fn config() -> Arc<ClientConfig> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    CONFIG.get_or_init(|| Arc::new(made())).clone()
}

fn made() -> ClientConfig {
    let roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    ClientConfig::builder_with_provider(Arc::new(cryptography::provider()))
        .with_safe_default_protocol_versions()
        .expect("there are cipher suites for every default protocol version")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
