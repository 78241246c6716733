//! `rota secrets`.

use super::place::Place;
use super::{CliError, table};
use crate::clock::Clock;
use crate::config::Config;
use crate::mail;
use crate::secrets::{Resealed, Secrets, forget_previous_key, renew_key_file};
use crate::store::Store;
use crate::store::open::sqlite_path;
use crate::store::sqlite::Access;
use clap::{Args, Subcommand};
use domain::TaskId;
use domain::json::RawMap;
use domain::module::reseal_secrets;
use domain::task::Options;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// What to do with the secrets in parameters.
#[derive(Debug, Subcommand)]
pub enum SecretsCommand {
    /// Seal all secrets with a new key
    ///
    /// With the key in the data folder: makes a new one; the server must not run. With ROTA_SECRET_KEY: that is the new one, and
    /// ROTA_SECRET_KEY_PREVIOUS the one before; servers may run, if they were started with both.
    Rotate(Rotate),
}

/// Where.
#[derive(Debug, Args)]
pub struct Rotate {
    #[command(flatten)]
    place: Place,
}

/// Does it.
pub async fn run(command: SecretsCommand) -> Result<(), CliError> {
    let SecretsCommand::Rotate(rotate) = command;
    let config = rotate.place.config()?;
    let by_file = !is_set(config.secret_key.as_deref());
    check(&config, by_file)?;
    let store = rotate.place.open_for(if by_file { Access::Server } else { Access::Command }).await?;
    if by_file {
        renew_key_file(&config.data_dir).map_err(CliError::Failed)?;
    }
    let done = reseal_all(&*store, &Secrets::load(&config)?).await?;
    store.close().await;
    if by_file {
        forget_previous_key(&config.data_dir).map_err(CliError::Failed)?;
    }
    report(&done)
}

fn is_set(key: Option<&str>) -> bool {
    key.is_some_and(|key| !key.is_empty())
}

fn check(config: &Config, by_file: bool) -> Result<(), CliError> {
    // One without the other would be taken in place of the key in the folder, which would then be let go unused.
    if by_file == is_set(config.secret_key_previous.as_deref()) {
        return Err(CliError::Usage(
            "ROTA_SECRET_KEY_PREVIOUS must hold the key so far while ROTA_SECRET_KEY holds the new one, and be unset without it"
                .to_owned(),
        ));
    }
    if by_file && sqlite_path(&config.database()).is_none() {
        return Err(CliError::Usage(
            "with PostgreSQL several servers share the key: give the new one as ROTA_SECRET_KEY and the one so far as \
             ROTA_SECRET_KEY_PREVIOUS"
                .to_owned(),
        ));
    }
    Ok(())
}

/// What became of the secrets.
#[derive(Default)]
struct Done {
    anew: usize,
    already: usize,
    /// Tasks that have secrets which no key opens.
    lost: BTreeSet<TaskId>,
    /// Whether no key opens the password of the mail server.
    lost_mail: bool,
}

async fn reseal_all(store: &dyn Store, secrets: &Secrets) -> Result<Done, CliError> {
    let done = Mutex::new(Done::default());
    let reseal = |task: TaskId, params: &RawMap, options: &Options| {
        let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = false;
        let mut one = |pointer: &str, sealed: &str| match secrets.reseal(task, pointer, sealed) {
            Resealed::Anew(text) => {
                done.anew += 1;
                changed = true;
                Some(text)
            }
            Resealed::Already => {
                done.already += 1;
                None
            }
            Resealed::Lost => {
                done.lost.insert(task);
                None
            }
        };
        let params = reseal_secrets(params, &mut one);
        let mut options = options.clone();
        options.reseal(&mut one);
        changed.then_some((params, options))
    };
    let mut after = TaskId(0);
    while let Some(last) = store.reseal_step(after, &reseal).await? {
        after = last;
    }
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    reseal_mail(store, secrets, &mut done).await?;
    Ok(done)
}

/// The password of the mail server, in the settings.
async fn reseal_mail(store: &dyn Store, secrets: &Secrets, done: &mut Done) -> Result<(), CliError> {
    if store.setting(mail::SETTING).await?.is_none() {
        return Ok(());
    }
    let (anew, key) = (Arc::new(Mutex::new(None)), Arc::new(secrets.clone()));
    let told = anew.clone();
    let change = move |text: Option<&str>| {
        let text = text.unwrap_or("{}");
        let settings: RawMap = serde_json::from_str(text).unwrap_or_default();
        let resealed = reseal_secrets(&settings, &mut |_, sealed| {
            let resealed = key.reseal_at(mail::PASSWORD_PLACE, sealed);
            let text = if let Resealed::Anew(text) = &resealed { Some(text.clone()) } else { None };
            *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(resealed);
            text
        });
        let written = serde_json::to_string(&resealed).ok().filter(|_| resealed != settings);
        Ok(written.unwrap_or_else(|| text.to_owned()))
    };
    store.change_setting(mail::SETTING, Clock::default().now(), Box::new(change)).await?;
    match anew.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(Resealed::Anew(_)) => done.anew += 1,
        Some(Resealed::Already) => done.already += 1,
        Some(Resealed::Lost) => done.lost_mail = true,
        None => {}
    }
    Ok(())
}

fn report(done: &Done) -> Result<(), CliError> {
    table::say(&format!("{} secrets sealed anew, {} were already", done.anew, done.already))?;
    if done.lost_mail {
        table::say("The password of the mail server opens with neither key; enter it again in the settings of mail")?;
    }
    if done.lost.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = done.lost.iter().map(ToString::to_string).collect();
    table::say(&format!("These tasks have secrets that neither key opens; enter them again: {}", ids.join(", ")))
}
