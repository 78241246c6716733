//! A mail server as tests need it: it takes what it is told to take, and keeps it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// How connections are secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secured {
    No,
    StartTls,
    Tls,
}

/// What becomes of the next mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behave {
    /// Its recipient is answered this.
    Answer(&'static str),
    /// No answer, for ever.
    Hang,
    /// The connection ends in the middle of the mail.
    Die,
}

/// One mail as it came.
#[derive(Clone, Debug)]
pub struct Got {
    pub from: String,
    pub to: String,
    pub raw: String,
}

/// The server; gone when dropped.
pub struct Smtp {
    pub addr: SocketAddr,
    inner: Arc<Inner>,
    task: tokio::task::JoinHandle<()>,
    folder: tempfile::TempDir,
}

struct Inner {
    secured: Secured,
    login: Option<(&'static str, &'static str)>,
    acceptor: TlsAcceptor,
    next: Mutex<VecDeque<Behave>>,
    got: Mutex<Vec<Got>>,
    connections: Mutex<usize>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}
type Line = BufReader<Box<dyn Stream>>;

impl Smtp {
    pub async fn plain() -> Smtp {
        Smtp::start(Secured::No, None).await
    }

    pub async fn start(secured: Secured, login: Option<(&'static str, &'static str)>) -> Smtp {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let acceptor = acceptor(&folder.path().join("ca.pem"));
        let inner = Arc::new(Inner {
            secured,
            login,
            acceptor,
            next: Mutex::default(),
            got: Mutex::default(),
            connections: Mutex::default(),
        });
        let serving = inner.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *serving.connections.lock().unwrap() += 1;
                let inner = serving.clone();
                tokio::spawn(async move { _ = inner.converse(stream).await });
            }
        });
        Smtp { addr, inner, task, folder }
    }

    /// The certificate to trust.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// What becomes of the next mails; all others are taken.
    pub fn next(&self, behave: &[Behave]) {
        self.inner.next.lock().unwrap().extend(behave.iter().cloned());
    }

    pub fn got(&self) -> Vec<Got> {
        self.inner.got.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        *self.inner.connections.lock().unwrap()
    }

    /// Waits for so many mails, and answers them by recipient.
    pub async fn wait(&self, n: usize) -> Vec<Got> {
        for _ in 0..2000 {
            let mut got = self.got();
            if got.len() >= n {
                got.sort_by(|a, b| a.to.cmp(&b.to));
                return got;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} mails of {n}", self.got().len());
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn acceptor(ca_file: &std::path::Path) -> TlsAcceptor {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(made.cert.der()));
    std::fs::write(ca_file, pem).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn say(line: &mut Line, text: &str) -> std::io::Result<()> {
    line.write_all(format!("{text}\r\n").as_bytes()).await?;
    line.flush().await
}

async fn hear(line: &mut Line) -> std::io::Result<String> {
    let mut text = String::new();
    if line.read_line(&mut text).await? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

impl Inner {
    async fn converse(&self, tcp: TcpStream) -> std::io::Result<()> {
        let mut secure = self.secured == Secured::Tls;
        let stream: Box<dyn Stream> = if secure { Box::new(self.acceptor.accept(tcp).await?) } else { Box::new(tcp) };
        let mut line = BufReader::new(stream);
        let (mut from, mut to, mut logged_in) = (String::new(), String::new(), self.login.is_none());
        let mut behave = None;
        say(&mut line, "220 mail.test ESMTP").await?;
        loop {
            let command = hear(&mut line).await?;
            let word = command.split(' ').next().unwrap_or_default().to_ascii_uppercase();
            match word.as_str() {
                "EHLO" => self.greet(&mut line, secure).await?,
                "STARTTLS" => {
                    say(&mut line, "220 go ahead").await?;
                    line = BufReader::new(Box::new(self.acceptor.accept(line.into_inner()).await?));
                    secure = true;
                }
                "AUTH" => {
                    logged_in = self.is_login(&command);
                    say(&mut line, if logged_in { "235 welcome" } else { "535 5.7.8 who are you?" }).await?;
                }
                _ if !logged_in => say(&mut line, "530 5.7.0 log in first").await?,
                _ if self.secured != Secured::No && !secure => say(&mut line, "530 5.7.0 STARTTLS first").await?,
                "MAIL" => {
                    from = address(&command);
                    say(&mut line, "250 ok").await?;
                }
                "RCPT" => {
                    to = address(&command);
                    behave = self.next.lock().unwrap().pop_front();
                    match &behave {
                        Some(Behave::Answer(text)) => say(&mut line, text).await?,
                        Some(Behave::Hang) => std::future::pending().await,
                        _ => say(&mut line, "250 ok").await?,
                    }
                }
                "DATA" => {
                    say(&mut line, "354 go on").await?;
                    let raw = body(&mut line, behave == Some(Behave::Die)).await?;
                    self.got.lock().unwrap().push(Got { from: from.clone(), to: to.clone(), raw });
                    say(&mut line, "250 2.0.0 taken").await?;
                }
                "QUIT" => {
                    say(&mut line, "221 bye").await?;
                    return Ok(());
                }
                "RSET" => say(&mut line, "250 ok").await?,
                _ => say(&mut line, "500 what?").await?,
            }
        }
    }

    async fn greet(&self, line: &mut Line, secure: bool) -> std::io::Result<()> {
        say(line, "250-mail.test").await?;
        if self.secured == Secured::StartTls && !secure {
            return say(line, "250 STARTTLS").await;
        }
        say(line, if self.login.is_some() { "250 AUTH PLAIN" } else { "250 SIZE 1000000" }).await
    }

    fn is_login(&self, command: &str) -> bool {
        let Some((user, password)) = self.login else { return false };
        command == format!("AUTH PLAIN {}", STANDARD.encode(format!("\0{user}\0{password}")))
    }
}

fn address(command: &str) -> String {
    let inner = command.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map(|(address, _)| address.to_owned()).unwrap_or_default()
}

async fn body(line: &mut Line, dies: bool) -> std::io::Result<String> {
    let mut raw = String::new();
    loop {
        let text = hear(line).await?;
        if dies {
            return Err(std::io::ErrorKind::BrokenPipe.into());
        }
        if text == "." {
            return Ok(raw);
        }
        raw += text.strip_prefix('.').unwrap_or(&text);
        raw += "\r\n";
    }
}
