//! Time zones, as the browser knows them. Nothing here may be called on the server.

use super::time;
use domain::Timestamp;
use js_sys::{Array, Function, Object, Reflect};
use std::cell::RefCell;
use std::collections::VecDeque;
use wasm_bindgen::{JsCast, JsValue};

/// A page asks of the viewer's zone and of those of a few schedules.
const KEPT: usize = 4;

thread_local! {
    /// The formatters of the zones asked for last: making one is slow.
    static LAST: RefCell<VecDeque<(String, Formatter)>> = const { RefCell::new(VecDeque::new()) };
}

#[derive(Clone)]
struct Formatter {
    object: JsValue,
    to_parts: Function,
}

/// The distance of a zone from UTC at an instant, in minutes to the east; `None` if the browser does not know the zone.
pub fn offset_min(zone: &str, at: Timestamp) -> Option<i32> {
    let known = LAST.with_borrow(|last| last.iter().find(|(name, _)| name == zone).map(|(_, f)| f.clone()));
    let formatter = match known {
        Some(formatter) => formatter,
        None => {
            let formatter = Formatter::of(zone)?;
            LAST.with_borrow_mut(|last| {
                last.truncate(KEPT - 1);
                last.push_front((zone.to_owned(), formatter.clone()));
            });
            formatter
        }
    };
    formatter.offset_min(at)
}

/// Whether the browser knows a zone of this name.
pub fn is_known(zone: &str) -> bool {
    Formatter::of(zone).is_some()
}

/// The names of all zones that the browser offers.
pub fn all() -> Vec<String> {
    let names = || {
        let supported: Function = Reflect::get(&intl()?, &"supportedValuesOf".into()).ok()?.dyn_into().ok()?;
        supported.call1(&JsValue::UNDEFINED, &"timeZone".into()).ok()?.dyn_into::<Array>().ok()
    };
    names().map(|list| list.iter().filter_map(|name| name.as_string()).collect()).unwrap_or_default()
}

/// All those names with their distances from UTC at an instant (`UTC+02:00`), UTC itself first. Takes a tenth of a second.
pub fn with_distances(at: Timestamp) -> Vec<(String, String)> {
    let names = std::iter::once("UTC".to_owned()).chain(all().into_iter().filter(|name| name != "UTC"));
    let offset = |name: &str| Formatter::of(name).and_then(|formatter| formatter.offset_min(at)).unwrap_or(0);
    names.map(|name| (time::distance(offset(&name).into()), name)).map(|(distance, name)| (name, distance)).collect()
}

/// The zone that the computer is set to.
pub fn of_browser() -> Option<String> {
    let formatter: Function = Reflect::get(&intl()?, &"DateTimeFormat".into()).ok()?.dyn_into().ok()?;
    let object = Reflect::construct(&formatter, &Array::new()).ok()?;
    let options: Function = Reflect::get(&object, &"resolvedOptions".into()).ok()?.dyn_into().ok()?;
    let options = options.call0(&object).ok()?;
    Reflect::get(&options, &"timeZone".into()).ok()?.as_string()
}

fn intl() -> Option<JsValue> {
    Reflect::get(&js_sys::global(), &"Intl".into()).ok().filter(JsValue::is_object)
}

impl Formatter {
    fn of(zone: &str) -> Option<Formatter> {
        let class: Function = Reflect::get(&intl()?, &"DateTimeFormat".into()).ok()?.dyn_into().ok()?;
        let options = Object::new();
        Reflect::set(&options, &"timeZone".into(), &zone.into()).ok()?;
        Reflect::set(&options, &"timeZoneName".into(), &"longOffset".into()).ok()?;
        // Throws for a zone that it does not know.
        let object = Reflect::construct(&class, &Array::of2(&"en-US".into(), &options)).ok()?;
        let to_parts = Reflect::get(&object, &"formatToParts".into()).ok()?.dyn_into().ok()?;
        Some(Formatter { object, to_parts })
    }

    fn offset_min(&self, at: Timestamp) -> Option<i32> {
        read_offset(&self.zone_name(at)?)
    }

    /// Such as `GMT+02:00`.
    fn zone_name(&self, at: Timestamp) -> Option<String> {
        let parts = self.to_parts.call1(&self.object, &JsValue::from_f64(at.ms() as f64)).ok()?;
        let text = |part: &JsValue, key: &str| Reflect::get(part, &key.into()).ok()?.as_string();
        let parts = parts.dyn_into::<Array>().ok()?;
        let name = parts.iter().find(|part| text(part, "type").as_deref() == Some("timeZoneName"))?;
        text(&name, "value")
    }
}

/// Reads `GMT`, `GMT+02:00`, `GMT-03:30`.
fn read_offset(name: &str) -> Option<i32> {
    let rest = name.strip_prefix("GMT")?;
    if rest.is_empty() {
        return Some(0);
    }
    let sign = if rest.starts_with('+') { 1 } else { -1 };
    let mut numbers = rest.get(1..)?.split(':').map(|n| n.parse::<i32>().ok());
    let hours = numbers.next()??;
    let minutes = numbers.next().unwrap_or(Some(0))?;
    Some(sign * (hours * 60 + minutes))
}

#[cfg(test)]
mod tests {
    use super::read_offset;

    #[test]
    fn offsets_are_read_as_browsers_write_them() {
        assert_eq!(read_offset("GMT"), Some(0));
        assert_eq!(read_offset("GMT+02:00"), Some(120));
        assert_eq!(read_offset("GMT-03:30"), Some(-210));
        assert_eq!(read_offset("GMT+05:53:28"), Some(353));
        assert_eq!(read_offset("CEST"), None);
    }
}
