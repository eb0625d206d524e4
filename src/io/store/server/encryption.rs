//! Encrypted connections: a server has to show a certificate for its name that the system, or a file, vouches for.

use crate::base::Problem;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// What makes encrypted connections; `file` holds the certificates of those who vouch for servers, instead of the system's.
///
/// # Errors
/// Nobody vouches for anything: the file cannot be read, or holds no certificate, or the system has none.
pub(super) fn connector(file: Option<&Path>) -> Result<MakeRustlsConnect, Problem> {
    let (origin, found) = match file {
        Some(file) => (file.to_string_lossy().into_owned(), of_file(file)?),
        None => ("certificates".to_owned(), rustls_native_certs::load_native_certs().certs),
    };
    let mut roots = RootCertStore::empty();
    let (known, _) = roots.add_parsable_certificates(found);
    if known == 0 {
        let problem =
            Problem::error(origin, "no certificate of an authority was found, so that no server can be known");
        return Err(problem.hint("sslrootcert=FILE names one, in PEM; Debian has them in ca-certificates"));
    }
    let failed = |error: rustls::Error| Problem::error("encryption", error.to_string());
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(failed)?;
    Ok(MakeRustlsConnect::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

fn of_file(file: &Path) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let refuse = |error: rustls::pki_types::pem::Error| {
        Problem::error(file.to_string_lossy(), format!("holds no certificates that can be read: {error}"))
    };
    CertificateDer::pem_file_iter(file).map_err(refuse)?.collect::<Result<_, _>>().map_err(refuse)
}
