//! Certificates.

use super::*;
use domain::run::Status;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A server whose certificate nobody has signed but itself.
async fn serve_tls() -> SocketAddr {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
            let _ = stream.flush().await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    addr
}

#[tokio::test]
async fn a_certificate_of_its_own_making_is_refused_unless_told_otherwise() {
    let url = format!("https://localhost:{}/", serve_tls().await.port());
    let (outcome, _) = run(json!({"url": url})).await;
    assert_eq!(outcome.status, Status::Error);
    assert!(message(&outcome).starts_with("no connection to localhost: invalid peer certificate"), "{outcome:?}");
    let (outcome, _) = run(json!({"url": url, "verify_tls": false})).await;
    assert_eq!(outcome.status, Status::Done, "{outcome:?}");
}
