//! Mail: the settings in force, what a run's end needs to tell of it, and who sends what is owed.

mod message;
mod sender;
mod smtp;
mod templates;

pub use sender::Sender;
pub use smtp::Talk;

use crate::clock::Clock;
use crate::config::{Config, SettingError};
use crate::modules::HttpClients;
use crate::secrets::Secrets;
use crate::store::owed::{Notice, Snapshot};
use crate::store::{Store, StoreError, Stored};
use domain::json::{Raw, RawMap};
use domain::mail::{MailInput, MailObject, MailSettings, MailTested};
use domain::module::open_secrets;
use domain::notify::Rules;
use domain::run::Run;
use domain::task::StoredTask;
use domain::{Error, Lang};
use smtp::{Connection, MailServer};
use std::sync::{Arc, Mutex, PoisonError};
use templates::Templates;
use tokio::sync::Notify;

/// The name of the setting.
pub const SETTING: &str = "mail";
/// What the password is sealed for.
pub const PASSWORD_PLACE: &str = "mail:/password";

/// What everything about mail has at hand.
pub struct Post {
    config: Arc<Config>,
    store: Arc<dyn Store>,
    clock: Clock,
    secrets: Arc<Secrets>,
    fixed: MailInput,
    /// As last read; another server may have changed it since.
    current: Mutex<Arc<MailSettings>>,
    /// Calls webhooks, and keeps them from where they must not go.
    clients: HttpClients,
    /// Something may be due.
    mail_due: Notify,
    hooks_due: Notify,
    /// The settings changed, or someone asked for an attempt now.
    changed: Notify,
}

impl Post {
    /// With what the environment fixes; nothing is read yet.
    ///
    /// # Errors
    /// The variable that is wrong.
    pub fn new(
        config: Arc<Config>,
        store: Arc<dyn Store>,
        clock: Clock,
        secrets: Arc<Secrets>,
    ) -> Result<Post, SettingError> {
        let fixed = config.mail.fixed()?;
        let seal = |plain: &str| secrets.seal_at(PASSWORD_PLACE, plain);
        let current = Mutex::new(Arc::new(fixed.applied(&MailSettings::default(), seal)));
        let allow = config.http_allow.parse().map_err(|e: String| SettingError::new("ROTA_HTTP_ALLOW", e))?;
        let (mail_due, hooks_due, changed) = (Notify::new(), Notify::new(), Notify::new());
        let clients = HttpClients::new(allow);
        Ok(Post { config, store, clock, secrets, fixed, current, clients, mail_due, hooks_due, changed })
    }

    /// The settings as last read.
    pub fn settings(&self) -> Arc<MailSettings> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the settings anew.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn refresh(&self) -> Stored<Arc<MailSettings>> {
        let stored = stored(self.store.setting(SETTING).await?.as_deref())?;
        Ok(self.put(&stored))
    }

    fn put(&self, stored: &MailSettings) -> Arc<MailSettings> {
        let settings = Arc::new(self.fixed.applied(stored, |plain| self.secrets.seal_at(PASSWORD_PLACE, plain)));
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = settings.clone();
        settings
    }

    /// The settings as the API answers them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn object(&self) -> Stored<MailObject> {
        Ok(self.shown(&*self.refresh().await?))
    }

    fn shown(&self, settings: &MailSettings) -> MailObject {
        MailObject { mail: settings.clone().masked(), fixed: self.fixed.names() }
    }

    /// Changes the settings. `pointer` is where the fields stood in the body.
    ///
    /// # Errors
    /// A field that the environment fixes, at its pointer.
    pub async fn change(&self, input: MailInput, pointer: &str) -> Stored<MailObject> {
        input.allowed_beside(&self.fixed, pointer)?;
        let secrets = self.secrets.clone();
        let apply = move |text: Option<&str>| {
            let before = stored(text).map_err(|_| Error::StoreUnavailable)?;
            let after = input.applied(&before, |plain| secrets.seal_at(PASSWORD_PLACE, plain));
            serde_json::to_string(&after).map_err(|_| Error::StoreUnavailable)
        };
        let text = self.store.change_setting(SETTING, self.clock.now(), Box::new(apply)).await?;
        let settings = self.put(&stored(Some(&text))?);
        self.try_now();
        Ok(self.shown(&settings))
    }

    /// Something may be due now.
    pub fn wake(&self) {
        self.mail_due.notify_one();
        self.hooks_due.notify_one();
    }

    /// An attempt is wanted now, whatever went wrong before.
    pub fn try_now(&self) {
        self.changed.notify_one();
        self.wake();
    }

    /// What the end of this run needs to tell people; `None` where nobody wants to hear of it.
    pub fn notice(&self, task: &StoredTask, run: &Run) -> Option<Box<Notice>> {
        let settings = self.settings();
        let rules = rules(task, &settings);
        if rules.is_silent() {
            return None;
        }
        let snapshot = Snapshot {
            description: task.task.description.clone(),
            module: task.task.task_module.clone(),
            owner: task.owner.as_ref().map(|o| o.displayname.clone()),
            next_run_at: task.task.next_run_at,
            run: run.clone(),
            task: (!rules.hooks.is_empty()).then(|| Box::new(task.object())),
            secret: serde_json::Value::Null,
        };
        let mail_domain = message::mail_domain(&settings.sender);
        Some(Box::new(Notice { state: task.notify, rules, snapshot, mail_domain }))
    }

    /// Sends a mail now, and tells how that went.
    pub async fn trial(&self, to: &str, lang: Lang) -> Stored<MailTested> {
        let settings = self.refresh().await?;
        if settings.host.is_empty() || settings.sender.is_empty() {
            let error = match lang {
                Lang::De => "Es fehlen noch Mailserver oder Absender.",
                Lang::En => "The mail server or the sender is missing.",
            };
            return Ok(MailTested { ok: false, conversation: vec![], error: Some(error.to_owned()) });
        }
        let mut talk = Talk::default();
        let error = self.try_trial(&settings, to, lang, &mut talk).await.err();
        Ok(MailTested { ok: error.is_none(), conversation: talk.0, error })
    }

    async fn try_trial(&self, settings: &MailSettings, to: &str, lang: Lang, talk: &mut Talk) -> Result<(), String> {
        let mail = message::trial(settings, to, lang, self.clock.now())?;
        let server = self.mail_server(settings)?;
        let mut connection = Connection::open(&server, talk).await.map_err(|e| e.text().to_owned())?;
        let sent = connection.send(&settings.sender, to, &mail, talk).await;
        connection.quit(talk).await;
        sent.map_err(|e| e.text().to_owned())
    }

    /// Where mail is handed over, with the password opened.
    fn mail_server(&self, settings: &MailSettings) -> Result<MailServer, String> {
        let password = match &settings.password {
            None => String::new(),
            Some(raw) => {
                self.opened(raw).ok_or("the password cannot be opened with the present key; enter it again")?
            }
        };
        Ok(MailServer {
            host: settings.host.clone(),
            port: settings.port,
            tls: settings.tls,
            user: settings.user.clone(),
            password,
            ca_file: self.config.mail.smtp_ca_file.clone(),
            timeout: self.config.mail.timeout(),
        })
    }

    fn opened(&self, raw: &Raw) -> Option<String> {
        let map: RawMap = [("password".to_owned(), raw.clone())].into_iter().collect();
        let open = |_: &str, sealed: &str| self.secrets.open_at(PASSWORD_PLACE, sealed);
        let opened = open_secrets(&map, &open).ok()?;
        opened.get("password")?.as_str().map(str::to_owned)
    }

    fn templates(&self) -> Templates {
        Templates::new(self.config.data_dir.join("templates"))
    }
}

/// Reads the stored settings.
fn stored(text: Option<&str>) -> Stored<MailSettings> {
    let Some(text) = text else { return Ok(MailSettings::default()) };
    serde_json::from_str(text).map_err(|e| StoreError::Corrupt(format!("setting {SETTING}: {e}")))
}

/// Who wants to hear what of this task. Without a mail server nobody is owed mail.
fn rules(task: &StoredTask, settings: &MailSettings) -> Rules {
    let (mail, options) = (settings.active(), &task.task.options);
    Rules {
        recipients: if mail { task.task.email.recipients.clone() } else { vec![] },
        problems_to: if mail { settings.problems_to.clone() } else { vec![] },
        hooks: options.webhooks.clone(),
        after: options.notify_after,
        recovery: options.notify_recovery,
        digest: options.digest,
    }
}
