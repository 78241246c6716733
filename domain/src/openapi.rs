//! Schemas of the wire types that do not tell theirs by their fields.

use crate::schedule::Schedule;
use crate::time::Timestamp;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

impl PartialSchema for Timestamp {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("RFC 3339. Answers are in UTC with a `Z`, to the millisecond."))
            .examples(["2026-03-29T01:00:00.000Z"])
            .into()
    }
}

impl ToSchema for Timestamp {}

impl PartialSchema for Schedule {
    fn schema() -> RefOr<Schema> {
        let days = numbers(-31.0, 31.0, "1 to 31, or -1 to -31 counted from the month's end.");
        ObjectBuilder::new()
            .description(Some(
                "Matches a local wall-clock minute when all its criteria hold; an absent or empty one always holds.",
            ))
            .property("months", numbers(1.0, 12.0, "January is 1."))
            .property("days_of_month", days)
            .property("weekdays", ArrayBuilder::new().items(weekday()))
            .property("hours", numbers(0.0, 23.0, "Of the day."))
            .property("minutes", numbers(0.0, 59.0, "Of the hour."))
            .property("timezone", timezone())
            .examples([serde_json::json!({"days_of_month": [1, 15], "hours": [3], "timezone": "Europe/Berlin"})])
            .into()
    }
}

impl ToSchema for Schedule {}

fn numbers(min: f64, max: f64, description: &str) -> ArrayBuilder {
    let item = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(min)).maximum(Some(max));
    ArrayBuilder::new().items(item).description(Some(description))
}

fn weekday() -> ObjectBuilder {
    let names = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names))
}

fn timezone() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some("An IANA name; UTC where there is none."))
}
