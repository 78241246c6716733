//! A conversation with a mail server (RFC 5321), step by step, so that it can be shown. Credentials never get into what is
//! shown. Every wait is bounded by the caller.

mod stream;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::mail::SmtpTls;
use std::path::PathBuf;
use std::time::Duration;
use stream::Line;

/// Most lines of one reply, and of a conversation that is kept.
const MAX_LINES: usize = 200;

/// Where mail is handed over.
#[derive(Clone, PartialEq, Eq)]
pub struct MailServer {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is secured.
    pub tls: SmtpTls,
    /// Who logs in; empty: nobody.
    pub user: String,
    /// The password for that.
    pub password: String,
    /// A file with further certificates to trust.
    pub ca_file: Option<PathBuf>,
    /// How long a connection, or one mail, may take.
    pub timeout: Duration,
}

/// Why a mail was not handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmtpError {
    /// The connection does not work, or not as it must: no mail would get through.
    Connection(String),
    /// This mail is refused for now.
    Later(String),
    /// This mail is refused for good.
    Refused(String),
}

impl SmtpError {
    /// In words.
    pub fn text(&self) -> &str {
        match self {
            SmtpError::Connection(text) | SmtpError::Later(text) | SmtpError::Refused(text) => text,
        }
    }
}

/// What was said, a line each.
#[derive(Debug, Default)]
pub struct Talk(pub Vec<String>);

impl Talk {
    fn say(&mut self, who: char, line: &str) {
        if self.0.len() < MAX_LINES {
            self.0.push(format!("{who}: {line}"));
        }
    }
}

/// A connection that mails can be handed over on.
pub struct Connection {
    line: Line,
    timeout: Duration,
    extensions: Vec<String>,
}

struct Reply {
    code: u16,
    lines: Vec<String>,
}

impl Reply {
    fn words(&self) -> String {
        format!("{} {}", self.code, self.lines.join(" "))
    }

    fn is_good(&self) -> bool {
        (200..400).contains(&self.code)
    }
}

fn broken(text: impl Into<String>) -> SmtpError {
    SmtpError::Connection(text.into())
}

impl Connection {
    /// Connects, secures the connection and logs in, in the server's time limit.
    ///
    /// # Errors
    /// [`SmtpError::Connection`].
    pub async fn open(server: &MailServer, talk: &mut Talk) -> Result<Connection, SmtpError> {
        let MailServer { host, port, timeout, .. } = server;
        match tokio::time::timeout(*timeout, Connection::begin(server, talk)).await {
            Ok(done) => done,
            Err(_) => Err(broken(format!("{host}:{port} did not answer within {} s", timeout.as_secs()))),
        }
    }

    async fn begin(server: &MailServer, talk: &mut Talk) -> Result<Connection, SmtpError> {
        let mut line = Line::connect(server).await.map_err(broken)?;
        if server.tls == SmtpTls::Tls {
            line = line.secured(server).await.map_err(broken)?;
        }
        let mut connection = Connection { line, timeout: server.timeout, extensions: vec![] };
        connection.good(talk).await?;
        connection.hello(talk).await?;
        if server.tls == SmtpTls::StartTls {
            connection = connection.secure(server, talk).await?;
        }
        if !server.user.is_empty() {
            connection.log_in(server, talk).await?;
        }
        Ok(connection)
    }

    /// Hands over one mail, in the time limit. After [`SmtpError::Connection`] the connection is of no use any more.
    ///
    /// # Errors
    /// [`SmtpError`].
    pub async fn send(&mut self, from: &str, to: &str, mail: &[u8], talk: &mut Talk) -> Result<(), SmtpError> {
        let timeout = self.timeout;
        match tokio::time::timeout(timeout, self.hand_over(from, to, mail, talk)).await {
            Ok(done) => done,
            Err(_) => Err(broken(format!("the mail server did not answer within {} s", timeout.as_secs()))),
        }
    }

    async fn hand_over(&mut self, from: &str, to: &str, mail: &[u8], talk: &mut Talk) -> Result<(), SmtpError> {
        let utf8 = self.utf8_for(from, to)?;
        self.step(&format!("MAIL FROM:<{from}>{utf8}"), talk).await?;
        self.step(&format!("RCPT TO:<{to}>"), talk).await?;
        self.step("DATA", talk).await?;
        talk.say('C', &format!("({} bytes)", mail.len()));
        self.line.write(&stuffed(mail)).await.map_err(broken)?;
        let reply = self.reply(talk).await?;
        if reply.is_good() { Ok(()) } else { Err(refusal(&reply)) }
    }

    /// RFC 6531: only a server that says so takes addresses beyond ASCII.
    fn utf8_for(&self, from: &str, to: &str) -> Result<&'static str, SmtpError> {
        if from.is_ascii() && to.is_ascii() {
            return Ok("");
        }
        if self.extensions.iter().any(|e| e.eq_ignore_ascii_case("SMTPUTF8")) {
            return Ok(" SMTPUTF8");
        }
        Err(SmtpError::Refused("the mail server takes no addresses beyond ASCII (no SMTPUTF8)".to_owned()))
    }

    /// One command of a mail. A refusal leaves the connection ready for the next mail.
    async fn step(&mut self, command: &str, talk: &mut Talk) -> Result<(), SmtpError> {
        self.command(command, command, talk).await?;
        let reply = self.reply(talk).await?;
        if reply.is_good() {
            return Ok(());
        }
        let error = refusal(&reply);
        if !matches!(error, SmtpError::Connection(_)) {
            self.command("RSET", "RSET", talk).await?;
            self.good(talk).await?;
        }
        Err(error)
    }

    /// Says good-bye; whether that is heard does not matter.
    pub async fn quit(mut self, talk: &mut Talk) {
        let bye = async {
            if self.command("QUIT", "QUIT", talk).await.is_ok() {
                _ = self.reply(talk).await;
            }
        };
        _ = tokio::time::timeout(Duration::from_secs(2), bye).await;
    }

    async fn hello(&mut self, talk: &mut Talk) -> Result<(), SmtpError> {
        let hello = format!("EHLO {}", self.line.own_name());
        self.command(&hello, &hello, talk).await?;
        let reply = self.good(talk).await?;
        self.extensions = reply.lines.into_iter().skip(1).collect();
        Ok(())
    }

    async fn secure(mut self, server: &MailServer, talk: &mut Talk) -> Result<Connection, SmtpError> {
        if !self.extensions.iter().any(|e| e.eq_ignore_ascii_case("STARTTLS")) {
            return Err(broken("the mail server does not offer STARTTLS"));
        }
        self.command("STARTTLS", "STARTTLS", talk).await?;
        self.good(talk).await?;
        // What came in the clear after the answer is nobody's word.
        if self.line.has_more() {
            return Err(broken("the mail server spoke before the connection was secure"));
        }
        let line = self.line.secured(server).await.map_err(broken)?;
        let mut secured = Connection { line, timeout: self.timeout, extensions: vec![] };
        secured.hello(talk).await?;
        Ok(secured)
    }

    async fn log_in(&mut self, server: &MailServer, talk: &mut Talk) -> Result<(), SmtpError> {
        let offered: Vec<String> = self.extensions.iter().filter_map(|e| auth_words(e)).flatten().collect();
        let offers = |word: &str| offered.iter().any(|o| o == word);
        if offers("PLAIN") {
            let secret = STANDARD.encode(format!("\0{}\0{}", server.user, server.password));
            self.command(&format!("AUTH PLAIN {secret}"), "AUTH PLAIN ***", talk).await?;
        } else if offers("LOGIN") {
            self.command("AUTH LOGIN", "AUTH LOGIN", talk).await?;
            self.good(talk).await?;
            self.command(&STANDARD.encode(&server.user), "***", talk).await?;
            self.good(talk).await?;
            self.command(&STANDARD.encode(&server.password), "***", talk).await?;
        } else {
            return Err(broken("the mail server offers no way to log in that Rota knows (PLAIN, LOGIN)"));
        }
        self.good(talk).await.map(drop)
    }

    async fn command(&mut self, command: &str, shown: &str, talk: &mut Talk) -> Result<(), SmtpError> {
        talk.say('C', shown);
        // A line break would begin another command.
        if command.contains(['\r', '\n', '\0']) {
            return Err(SmtpError::Refused("a line break where none may be".to_owned()));
        }
        self.line.write(format!("{command}\r\n").as_bytes()).await.map_err(broken)
    }

    async fn good(&mut self, talk: &mut Talk) -> Result<Reply, SmtpError> {
        let reply = self.reply(talk).await?;
        if reply.is_good() { Ok(reply) } else { Err(broken(reply.words())) }
    }

    async fn reply(&mut self, talk: &mut Talk) -> Result<Reply, SmtpError> {
        let mut lines = vec![];
        loop {
            let text = self.line.read().await.map_err(broken)?;
            talk.say('S', &text);
            let code = text.get(..3).and_then(|c| c.parse::<u16>().ok());
            let Some(code) = code.filter(|_| lines.len() < MAX_LINES) else {
                return Err(broken(format!("not an answer of a mail server: {text}")));
            };
            lines.push(text.get(4..).unwrap_or_default().to_owned());
            if text.as_bytes().get(3) != Some(&b'-') {
                return Ok(Reply { code, lines });
            }
        }
    }
}

/// The ways to log in that a line of the server's extensions names.
fn auth_words(extension: &str) -> Option<Vec<String>> {
    let upper = extension.to_ascii_uppercase().replace('=', " ");
    upper.strip_prefix("AUTH ").map(|rest| rest.split_ascii_whitespace().map(str::to_owned).collect())
}

/// 421 ends the connection whatever it answers; else the first digit decides.
fn refusal(reply: &Reply) -> SmtpError {
    match reply.code {
        421 => SmtpError::Connection(reply.words()),
        500..=599 => SmtpError::Refused(reply.words()),
        _ => SmtpError::Later(reply.words()),
    }
}

/// A line that begins with a dot gets a second one (RFC 5321, 4.5.2); the last line is a dot alone.
fn stuffed(mail: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(mail.len() + 16);
    for line in mail.split_inclusive(|b| *b == b'\n') {
        if line.first() == Some(&b'.') {
            out.push(b'.');
        }
        out.extend_from_slice(line);
    }
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_at_the_beginning_of_lines_are_doubled() {
        assert_eq!(stuffed(b".\r\nab.\r\n..c"), b"..\r\nab.\r\n...c\r\n.\r\n");
    }

    #[test]
    fn ways_to_log_in_are_found_however_they_are_written() {
        assert_eq!(auth_words("AUTH PLAIN login").unwrap(), ["PLAIN", "LOGIN"]);
        assert_eq!(auth_words("AUTH=LOGIN").unwrap(), ["LOGIN"]);
        assert_eq!(auth_words("SIZE 1000"), None);
    }
}
