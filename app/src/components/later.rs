//! Parts of a page that the browser takes over one after the other, so that it answers to its person in between.

use crate::viewer::{Viewer, use_viewer};
use leptos::prelude::*;
use leptos::tachys::html::attribute::Attribute;
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::CastFrom;
use leptos::tachys::renderer::types::{Element, Node};
use leptos::tachys::ssr::StreamBuilder;
use leptos::tachys::view::add_attr::AddAnyAttr;
use leptos::tachys::view::any_view::{AnyView, AnyViewState};
use leptos::tachys::view::{Mountable, Position, PositionState};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Draws one element, which `draw` makes. While the server's page is taken over it is left as it is, and taken over in a task of its
/// own, by a `Viewer` of its own that is awake from then on; at all other times this is no more than what `draw` makes.
///
/// Until the whole page is awake, nothing may change what the element shows.
pub fn later(draw: impl FnOnce() -> AnyView + Send + 'static) -> Later {
    let taking_over = Owner::current_shared_context().is_some_and(|context| context.during_hydration());
    match Owner::current() {
        Some(owner) if cfg!(feature = "hydrate") && taking_over => {
            Later(Kind::Waiting(Waiting { draw: Box::new(draw), owner, gone: until_gone() }))
        }
        _ => Later(Kind::Drawn(draw())),
    }
}

/// Becomes true once the current owner is gone.
fn until_gone() -> Arc<AtomicBool> {
    let gone = Arc::new(AtomicBool::new(false));
    let told = gone.clone();
    on_cleanup(move || told.store(true, Ordering::Relaxed));
    gone
}

/// See [`later`].
pub struct Later(Kind);

enum Kind {
    Drawn(AnyView),
    Waiting(Waiting),
}

struct Waiting {
    draw: Box<dyn FnOnce() -> AnyView + Send>,
    owner: Owner,
    gone: Arc<AtomicBool>,
}

impl Waiting {
    /// Takes the element over; `part` is what its components know as the viewer.
    fn take_over(self, element: &Element, part: Viewer) -> (Owner, AnyViewState) {
        let owner = self.owner.child();
        let state = owner.with(|| {
            provide_context(part);
            (self.draw)().hydrate_from_position::<true>(element, Position::Current)
        });
        (owner, state)
    }
}

impl Later {
    fn drawn(self) -> AnyView {
        match self.0 {
            Kind::Drawn(view) => view,
            Kind::Waiting(Waiting { draw, owner, .. }) => owner.with(draw),
        }
    }
}

/// What is on the page.
pub struct LaterState(Rc<RefCell<Stage>>);

enum Stage {
    /// As the server drew it.
    Asleep(Element),
    /// As it reacts; what reacts lives as long as its owner.
    Awake(AnyViewState, #[expect(dead_code, reason = "kept, not read")] Option<Owner>),
}

impl Render for Later {
    type State = LaterState;

    fn build(self) -> LaterState {
        LaterState(Rc::new(RefCell::new(Stage::Awake(self.drawn().build(), None))))
    }

    fn rebuild(self, state: &mut LaterState) {
        let view = self.drawn();
        let mut stage = state.0.borrow_mut();
        match &mut *stage {
            Stage::Awake(old, _) => view.rebuild(old),
            Stage::Asleep(element) => {
                let mut new = view.build();
                insert_before(element, &mut new);
                element.remove();
                *stage = Stage::Awake(new, None);
            }
        }
    }
}

impl RenderHtml for Later {
    type AsyncOutput = AnyView;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {
        if let Kind::Drawn(view) = &mut self.0 {
            view.dry_resolve();
        }
    }

    async fn resolve(self) -> AnyView {
        self.drawn().resolve().await
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        self.drawn().to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
    }

    fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
        self,
        buf: &mut StreamBuilder,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        self.drawn().to_html_async_with_buf::<OUT_OF_ORDER>(buf, position, escape, mark_branches, extra_attrs);
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> LaterState {
        let waiting = match self.0 {
            Kind::Drawn(view) => {
                let state = view.hydrate::<FROM_SERVER>(cursor, position);
                return LaterState(Rc::new(RefCell::new(Stage::Awake(state, None))));
            }
            Kind::Waiting(waiting) => waiting,
        };
        match position.get() {
            Position::FirstChild => cursor.child(),
            Position::Current => {}
            _ => cursor.sibling(),
        }
        position.set(Position::NextChild);
        let Some(element) = Element::cast_from(cursor.current()) else {
            // Not the page that the server drew: what is drawn anew is right in any case.
            return Later(Kind::Waiting(waiting)).build();
        };
        let stage = Rc::new(RefCell::new(Stage::Asleep(element)));
        let viewer = waiting.owner.with(use_viewer);
        viewer.falls_asleep();
        let mine = stage.clone();
        set_timeout(move || wake(&mine, waiting, viewer), Duration::ZERO);
        LaterState(stage)
    }

    fn into_owned(self) -> Self {
        self
    }
}

fn wake(stage: &Rc<RefCell<Stage>>, waiting: Waiting, viewer: Viewer) {
    let element = match &*stage.borrow() {
        Stage::Asleep(element) if !waiting.gone.load(Ordering::Relaxed) => Some(element.clone()),
        _ => None,
    };
    if let Some(element) = element {
        let part = viewer.part();
        let (owner, state) = waiting.take_over(&element, part);
        *stage.borrow_mut() = Stage::Awake(state, Some(owner));
        part.awake();
    }
    viewer.woke();
}

fn insert_before(element: &Element, new: &mut dyn Mountable) {
    if let Some(parent) = element.parent_element() {
        new.mount(&parent, Some(element.as_ref()));
    }
}

impl AddAnyAttr for Later {
    type Output<SomeNewAttr: Attribute> = Self;

    /// Attributes belong on the element that is drawn.
    fn add_any_attr<NewAttr: Attribute>(self, _: NewAttr) -> Self {
        self
    }
}

impl Mountable for LaterState {
    fn unmount(&mut self) {
        match &mut *self.0.borrow_mut() {
            Stage::Asleep(element) => element.remove(),
            Stage::Awake(state, _) => state.unmount(),
        }
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        match &mut *self.0.borrow_mut() {
            // Fails only for a place that is not in this document.
            Stage::Asleep(element) => _ = parent.insert_before(element, marker),
            Stage::Awake(state, _) => state.mount(parent, marker),
        }
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        match &*self.0.borrow() {
            Stage::Asleep(element) => {
                insert_before(element, child);
                true
            }
            Stage::Awake(state, _) => state.insert_before_this(child),
        }
    }

    fn elements(&self) -> Vec<Element> {
        match &*self.0.borrow() {
            Stage::Asleep(element) => vec![element.clone()],
            Stage::Awake(state, _) => state.elements(),
        }
    }
}
