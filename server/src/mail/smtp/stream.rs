//! The line to a mail server: in the clear or secured.

use super::MailServer;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// The longest line of an answer, in bytes; RFC 5321 allows 512.
const MAX_LINE: u64 = 4096;

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// One connection.
pub struct Line {
    stream: BufReader<Box<dyn Stream>>,
    own_name: String,
}

impl Line {
    /// Connects, in the clear.
    pub async fn connect(server: &MailServer) -> Result<Line, String> {
        let (host, port) = (server.host.as_str(), server.port);
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let tcp =
            TcpStream::connect((host, port)).await.map_err(|e| format!("cannot connect to {host}:{port}: {e}"))?;
        _ = tcp.set_nodelay(true);
        // An address literal is a name that is always right (RFC 5321, 4.1.3).
        let own_name = match tcp.local_addr().map(|addr| addr.ip()) {
            Ok(std::net::IpAddr::V4(ip)) => format!("[{ip}]"),
            Ok(std::net::IpAddr::V6(ip)) => format!("[IPv6:{ip}]"),
            Err(_) => "localhost".to_owned(),
        };
        Ok(Line { stream: BufReader::new(Box::new(tcp)), own_name })
    }

    /// The same connection, secured.
    pub async fn secured(self, server: &MailServer) -> Result<Line, String> {
        let host = server.host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let file = server.ca_file.clone();
        // Reading the machine's certificates takes a while.
        let config =
            tokio::task::spawn_blocking(move || config(file.as_deref())).await.map_err(|e| e.to_string())??;
        let name = ServerName::try_from(host.clone()).map_err(|_| format!("{host} is no name of a server"))?;
        let tls = TlsConnector::from(Arc::new(config)).connect(name, self.stream.into_inner()).await;
        let tls = tls.map_err(|e| format!("the connection to {host} cannot be secured: {e}"))?;
        Ok(Line { stream: BufReader::new(Box::new(tls)), own_name: self.own_name })
    }

    /// What this machine calls itself.
    pub fn own_name(&self) -> &str {
        &self.own_name
    }

    /// Whether something has come that was not read.
    pub fn has_more(&self) -> bool {
        !self.stream.buffer().is_empty()
    }

    /// One line, without its end.
    pub async fn read(&mut self) -> Result<String, String> {
        let mut line = vec![];
        let read = (&mut self.stream).take(MAX_LINE).read_until(b'\n', &mut line).await;
        read.map_err(|e| format!("the connection to the mail server broke: {e}"))?;
        if line.last() != Some(&b'\n') {
            return Err("the mail server ended the connection".to_owned());
        }
        let text = String::from_utf8_lossy(&line);
        Ok(text.trim_end().chars().map(|c| if c.is_control() { ' ' } else { c }).collect())
    }

    /// Writes all of it.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        let written = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        written.await.map_err(|e| format!("the connection to the mail server broke: {e}"))
    }
}

/// Trusts what the machine trusts, and the certificates in the file.
fn config(file: Option<&std::path::Path>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(file) = file.filter(|f| !f.as_os_str().is_empty()) {
        let cannot = |e: rustls::pki_types::pem::Error| format!("ROTA_SMTP_CA_FILE: reading {}: {e}", file.display());
        for certificate in CertificateDer::pem_file_iter(file).map_err(cannot)? {
            roots.add(certificate.map_err(cannot)?).map_err(|e| format!("ROTA_SMTP_CA_FILE: {e}"))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|e| e.to_string())?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
