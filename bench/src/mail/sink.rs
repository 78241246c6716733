//! A mail server that takes everything, and counts it by `Message-ID`.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

type Counts = Arc<Mutex<HashMap<String, u64>>>;

/// The server.
pub struct Sink {
    /// Of 127.0.0.1.
    pub port: u16,
    counts: Counts,
}

impl Sink {
    /// Takes mail from now on.
    pub async fn start() -> anyhow::Result<Sink> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (port, counts) = (listener.local_addr()?.port(), Counts::default());
        let kept = counts.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = kept.clone();
                tokio::spawn(async move { _ = converse(stream, &kept).await });
            }
        });
        Ok(Sink { port, counts })
    }

    /// How many different mails have come.
    pub fn len(&self) -> u64 {
        self.counts().0
    }

    /// How many different mails have come, and how many of them more than once.
    pub fn counts(&self) -> (u64, usize) {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        (counts.len() as u64, counts.values().filter(|n| **n > 1).count())
    }
}

async fn converse(stream: TcpStream, counts: &Counts) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut line = BufReader::new(stream);
    line.write_all(b"220 sink\r\n").await?;
    let mut text = String::new();
    loop {
        text.clear();
        if line.read_line(&mut text).await? == 0 {
            return Ok(());
        }
        if text.starts_with("QUIT") {
            return line.write_all(b"221 bye\r\n").await;
        }
        if !text.starts_with("DATA") {
            line.write_all(b"250 ok\r\n").await?;
            continue;
        }
        line.write_all(b"354 go on\r\n").await?;
        let id = body(&mut line).await?;
        *counts.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default() += 1;
        line.write_all(b"250 taken\r\n").await?;
    }
}

/// Reads a mail to its end; answers its id.
async fn body(line: &mut BufReader<TcpStream>) -> io::Result<String> {
    let (mut text, mut id) = (String::new(), String::new());
    loop {
        text.clear();
        if line.read_line(&mut text).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(value) = text.strip_prefix("Message-ID:") {
            id = value.trim().to_owned();
        }
        if text == ".\r\n" {
            return Ok(id);
        }
    }
}
