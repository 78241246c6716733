//! Takes functions out of the browser bundle that nothing calls, which the compiler cannot know: Leptos puts two ways to take a page
//! over into each kind of view, by address, and an app uses one of them.

use anyhow::{Context, Result, ensure};
use std::collections::HashMap;
use std::ops::Range;
use wasm_encoder::{CustomSection, Encode, Section};
use wasmparser::{KnownCustom, Name, NameSectionReader, Parser, Payload, RelocSectionReader, TypeRef};

/// Shorter functions stay: next to nothing to gain, and the compiler folds short ones that are alike into one.
const SHORTEST: usize = 64;

/// Where the linker says what refers to what in the code.
const REFERENCES: &str = "reloc.CODE";

const NO_LOCALS: u8 = 0x00;
const UNREACHABLE: u8 = 0x00;
const NOP: u8 = 0x01;
const END: u8 = 0x0b;

/// The module without what the functions of these names, and closures in them, are made of; calling one ends the app. Their length
/// stays, so that all else lies where it was, for wasm-opt to take the padding. What only they called is for the split to leave out.
pub fn snip(module: &[u8], names: &[&str]) -> Result<Vec<u8>> {
    let code = Code::read(module)?;
    let mut dead = Vec::new();
    for name in names {
        let bodies = code.functions(name);
        ensure!(!bodies.is_empty(), "the bundle has no function {name}");
        dead.extend(bodies);
    }
    dead.sort_by_key(|range| range.start);
    let mut snipped = module.to_vec();
    for range in &dead {
        let body = &mut snipped[range.clone()];
        body.fill(NOP);
        body[..2].copy_from_slice(&[NO_LOCALS, UNREACHABLE]);
        body[range.len() - 1] = END;
    }
    snipped.splice(code.references_at.clone(), code.references_without(&dead)?);
    Ok(snipped)
}

/// What there is to know of a module's code. All ranges count from the module's start.
struct Code<'a> {
    /// By a function's number.
    names: HashMap<u32, &'a str>,
    /// How many functions are numbered before the first body.
    imported: u32,
    start: usize,
    bodies: Vec<Range<usize>>,
    references: RelocSectionReader<'a>,
    references_at: Range<usize>,
}

impl<'a> Code<'a> {
    fn read(module: &'a [u8]) -> Result<Self> {
        let (mut names, mut imported, mut start, mut bodies) = (HashMap::new(), 0, 0, Vec::new());
        let mut references = None;
        let mut section_start = 0;
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::CodeSectionStart { range, .. } => (start, section_start) = (at(range.start)?, at(range.end)?),
                Payload::CodeSectionEntry(body) => bodies.push(span(&body.range())?),
                Payload::CustomSection(section) => {
                    let end = at(section.range().end)?;
                    match section.as_known() {
                        KnownCustom::Name(all) => names = function_names(all)?,
                        KnownCustom::Reloc(reader) if section.name() == REFERENCES => {
                            references = Some((reader, section_start..end));
                        }
                        _ => {}
                    }
                    section_start = end;
                }
                other => {
                    if let Some((_, range)) = other.as_section() {
                        section_start = at(range.end)?;
                    }
                }
            }
        }
        let (references, references_at) = references.context("the linker left no references in the bundle")?;
        Ok(Code { names, imported, start, bodies, references, references_at })
    }

    /// Where the bodies of functions of this name are.
    fn functions(&self, name: &str) -> Vec<Range<usize>> {
        let is_called = |index: &u32| self.names.get(index).is_some_and(|full| is_or_is_in(full, name));
        let numbered = (self.imported..).zip(&self.bodies);
        let called = numbered.filter(|(index, body)| body.len() >= SHORTEST && is_called(index));
        called.map(|(_, body)| body.clone()).collect()
    }

    /// The section of references as a whole, less those that stand in `dead`.
    fn references_without(&self, dead: &[Range<usize>]) -> Result<Vec<u8>> {
        let mut kept = Vec::new();
        for entry in self.references.entries() {
            let entry = entry?;
            let place = self.start + at(u64::from(entry.offset))?;
            let next = dead.partition_point(|range| range.end <= place);
            if !dead.get(next).is_some_and(|range| range.contains(&place)) {
                kept.push(entry);
            }
        }
        let mut data = Vec::new();
        self.references.section_index().encode(&mut data);
        kept.len().encode(&mut data);
        for entry in kept {
            data.push(entry.ty as u8);
            entry.offset.encode(&mut data);
            entry.index.encode(&mut data);
            if entry.ty.addend_kind() != wasmparser::RelocAddendKind::None {
                entry.addend.encode(&mut data);
            }
        }
        let mut section = Vec::new();
        CustomSection { name: REFERENCES.into(), data: data.into() }.append_to(&mut section);
        Ok(section)
    }
}

/// Whether this is a function of that name, or a closure in one. Not what has a name of its own in it: the compiler folds such helpers
/// with those of functions that are alive.
fn is_or_is_in(mangled: &str, name: &str) -> bool {
    let full = format!("{:#}", rustc_demangle::demangle(mangled));
    let mut path = full.as_str();
    while let Some((outer, last)) = path.rsplit_once("::")
        && (last.starts_with("{closure") || last == "{{closure}}")
    {
        path = outer;
    }
    path.strip_suffix(name).is_some_and(|before| before.ends_with("::"))
}

fn function_names(all: NameSectionReader<'_>) -> Result<HashMap<u32, &str>> {
    let mut names = HashMap::new();
    for subsection in all {
        if let Name::Function(functions) = subsection? {
            for named in functions {
                let named = named?;
                names.insert(named.index, named.name);
            }
        }
    }
    Ok(names)
}

fn at(position: u64) -> Result<usize> {
    usize::try_from(position).context("the bundle is too large")
}

fn span(range: &Range<u64>) -> Result<Range<usize>> {
    Ok(at(range.start)?..at(range.end)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_and_its_closures_are_meant_but_not_its_helpers() {
        let names = [
            (
                "_ZN53_$LT$T$u20$as$u20$tachys..view..any_view..IntoAny$GT$8into_any13hydrate_async17ha4edd40d5fcd93b3E",
                true,
            ),
            ("_ZN3one3two13hydrate_async28_$u7b$$u7b$closure$u7d$$u7d$17ha4edd40d5fcd93b3E", true),
            ("_ZN3one3two13hydrate_async28_$u7b$$u7b$closure$u7d$$u7d$4prep17h871c4abccac3b7f8E", false),
            ("_ZN3one3two15hydrate_async_217ha4edd40d5fcd93b3E", false),
            ("_ZN3one3two7hydrate17ha4edd40d5fcd93b3E", false),
            ("one::hydrate_async::{{closure}}", true),
            ("memcpy", false),
        ];
        for (mangled, meant) in names {
            assert_eq!(is_or_is_in(mangled, "hydrate_async"), meant, "{mangled}");
        }
    }
}
