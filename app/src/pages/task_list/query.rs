//! Which tasks are shown: the page's address.

use crate::api::encoded;
use crate::api::tasks::{TaskObject, Wanted};
use crate::task_prefs::is_pinned;
use leptos_router::params::ParamsMap;

/// Tasks on one page.
pub const PAGE_SIZE: u64 = 100;
/// Keeps the offset inside what the API takes.
const LAST_PAGE: u64 = 1_000_000_000;

/// Everything that the address says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListQuery {
    /// Text in the description, or an id.
    pub q: String,
    /// A status, as the contract names it; empty: any.
    pub status: String,
    /// A module's name; empty: any.
    pub module: String,
    /// `me` or a user's id, for root; empty: everyone.
    pub owner: String,
    /// A tag; empty: any.
    pub tag: String,
    /// By what, as the contract names it; empty: newest first.
    pub sort: String,
    /// Smallest first.
    pub ascending: bool,
    /// From 1; 0 counts as 1.
    pub page: u64,
}

impl ListQuery {
    /// Reads an address. Whatever cannot be a page number means the first.
    pub fn read(params: &ParamsMap) -> ListQuery {
        let text = |name| params.get_str(name).unwrap_or_default().trim().to_owned();
        ListQuery {
            q: text("q"),
            status: text("status"),
            module: text("module"),
            owner: text("owner"),
            tag: text("tag"),
            sort: text("sort"),
            ascending: params.get_str("order") == Some("asc"),
            page: text("page").parse().map_or(1, |n: u64| n.clamp(1, LAST_PAGE)),
        }
    }

    /// A page of tasks as it is shown: what is pinned comes first, unless another order was chosen. Only among those of the page:
    /// the server does not know of pins.
    pub fn in_order(&self, mut objects: Vec<TaskObject>) -> Vec<TaskObject> {
        if self.sort.is_empty() {
            objects.sort_by_key(|object| !is_pinned(&object.task));
        }
        objects
    }

    /// The address, without what says nothing.
    pub fn href(&self) -> String {
        let mut pairs: Vec<String> = vec![];
        let order = if self.ascending && !self.sort.is_empty() { "asc" } else { "" };
        let page = if self.page > 1 { self.page.to_string() } else { String::new() };
        let all: [(&str, &str); 8] = [
            ("q", &self.q),
            ("status", &self.status),
            ("module", &self.module),
            ("owner", &self.owner),
            ("tag", &self.tag),
            ("sort", &self.sort),
            ("order", order),
            ("page", &page),
        ];
        for (name, value) in all {
            if !value.is_empty() {
                pairs.push(format!("{name}={}", encoded(value)));
            }
        }
        if pairs.is_empty() { "/".to_owned() } else { format!("/?{}", pairs.join("&")) }
    }

    /// The same list, another page.
    pub fn at_page(&self, page: u64) -> ListQuery {
        ListQuery { page, ..self.clone() }
    }

    /// The first page of another list.
    pub fn with(&self, change: impl FnOnce(&mut ListQuery)) -> ListQuery {
        let mut other = self.at_page(1);
        change(&mut other);
        other
    }

    /// What a click on a column's head leads to: that column, then the other way round, then newest first again.
    pub fn sorted_by(&self, sort: &str) -> ListQuery {
        self.with(|q| {
            let again = q.sort == sort;
            (q.sort, q.ascending) = match (again, q.ascending) {
                (false, _) => (sort.to_owned(), true),
                (true, true) => (sort.to_owned(), false),
                (true, false) => (String::new(), false),
            };
        })
    }

    /// Whether only some tasks are asked for.
    pub fn is_filtered(&self) -> bool {
        [&self.q, &self.status, &self.module, &self.owner, &self.tag].iter().any(|text| !text.is_empty())
    }

    /// What to ask the API.
    pub fn wanted(&self) -> Wanted {
        Wanted {
            q: self.q.clone(),
            status: self.status.clone(),
            module: self.module.clone(),
            owner: self.owner.clone(),
            tag: self.tag.clone(),
            sort: self.sort.clone(),
            ascending: self.ascending,
            offset: (self.page.max(1) - 1) * PAGE_SIZE,
            limit: PAGE_SIZE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> ListQuery {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let mut params = ParamsMap::new();
        pairs.for_each(|(name, value)| params.insert(name.to_owned(), value.to_owned()));
        ListQuery::read(&params)
    }

    #[test]
    fn any_query_gives_a_page() {
        for (query, page) in [("", 1), ("page=3", 3), ("page=0", 1), ("page=-1", 1), ("page=abc", 1)] {
            assert_eq!(read(query).page, page);
        }
        assert_eq!(read("page=18446744073709551615").page, LAST_PAGE);
    }

    #[test]
    fn an_address_says_what_it_was_made_from() {
        assert_eq!(read("page=1").href(), "/");
        let query =
            ListQuery { q: "a & b".into(), status: "error".into(), sort: "description".into(), page: 2, ..read("") };
        assert_eq!(query.href(), "/?q=a%20%26%20b&status=error&sort=description&page=2");
        assert_eq!((read("tag=a b").href().as_str(), read("tag=a").is_filtered()), ("/?tag=a%20b", true));
        assert_eq!(query.with(|q| q.status.clear()).href(), "/?q=a%20%26%20b&sort=description");
        assert_eq!((query.wanted().offset, query.is_filtered(), read("sort=_id").is_filtered()), (100, true, false));
    }

    #[test]
    fn a_head_sorts_up_then_down_then_not() {
        let up = read("page=4").sorted_by("next_run_at");
        assert_eq!(up.href(), "/?sort=next_run_at&order=asc");
        let down = up.sorted_by("next_run_at");
        assert_eq!(down.href(), "/?sort=next_run_at");
        assert_eq!(down.sorted_by("next_run_at").href(), "/");
    }
}
