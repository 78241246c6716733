//! What modules are called.

use crate::api::modules::{self, ModuleSpec};
use crate::page_data::PageData;
use domain::{L10n, Lang};
use leptos::prelude::*;

/// Names by module, once they are known. Cheap to copy.
#[derive(Clone, Copy)]
pub struct ModuleNames {
    all: PageData<Vec<ModuleSpec>>,
}

/// Gives the list the modules that the caller may use.
pub fn provide_module_names() -> ModuleNames {
    let names = ModuleNames { all: PageData::new(|| (), |_, ()| modules::list()) };
    provide_context(names);
    names
}

/// The names that the list around has.
///
/// # Panics
/// Outside the list, which provides them.
pub fn use_module_names() -> ModuleNames {
    expect_context()
}

impl ModuleNames {
    /// What people call the module; its plain name as long as that is not known.
    pub fn of(self, name: &str, lang: Lang) -> String {
        let found = self.pairs().into_iter().find(|(known, _)| known == name);
        found.map_or_else(|| name.to_owned(), |(_, text)| text.get(lang).to_owned())
    }

    /// All, by plain name.
    pub fn pairs(self) -> Vec<(String, L10n)> {
        let specs = self.all.known().unwrap_or_default();
        specs.into_iter().map(|spec| (spec.name, spec.displayname)).collect()
    }

    /// Waits until they are known.
    pub async fn ready(self) {
        // Without them the plain names are shown.
        self.all.settled().await;
    }
}
