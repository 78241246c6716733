//! Which lines are on the screen: the scroll bar means line number, however many there are. No Leptos here.

/// Of a line that is not wrapped, in CSS pixels.
pub const LINE: f64 = 20.0;
/// No browser takes an element much higher than this; beyond, the bar is proportional.
const HIGHEST: f64 = 8_000_000.0;

/// A log of so many lines in a box of such a height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geometry {
    /// Lines.
    pub total: u64,
    /// The height of the box, in CSS pixels.
    pub height: f64,
}

impl Geometry {
    /// How high what scrolls is.
    pub fn content(self) -> f64 {
        (self.total as f64 * LINE).min(HIGHEST).max(self.height)
    }

    /// Whether a pixel of the bar is a pixel of the text.
    fn exact(self) -> bool {
        self.total as f64 * LINE <= HIGHEST
    }

    /// Lines that fit.
    pub fn visible(self) -> u64 {
        (self.height / LINE).ceil() as u64 + 1
    }

    /// The first line on the screen.
    pub fn first(self, scroll: f64) -> u64 {
        let last = self.total.saturating_sub((self.height / LINE).floor() as u64);
        let line = if self.exact() {
            scroll / LINE
        } else {
            let room = (self.content() - self.height).max(1.0);
            (scroll / room).clamp(0.0, 1.0) * last as f64
        };
        (line.max(0.0) as u64).min(last)
    }

    /// Where the bar stands when this line is the first.
    pub fn scroll_to(self, line: u64) -> f64 {
        let last = self.total.saturating_sub((self.height / LINE).floor() as u64);
        if self.exact() {
            return line.min(last) as f64 * LINE;
        }
        let room = (self.content() - self.height).max(1.0);
        line.min(last) as f64 / last.max(1) as f64 * room
    }

    /// How far down in the content the first line is drawn.
    pub fn top(self, scroll: f64) -> f64 {
        if self.exact() { self.first(scroll) as f64 * LINE } else { scroll }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_reaches_every_line() {
        for total in [0u64, 1, 30, 1000, 1_000_000, 50_000_000] {
            let g = Geometry { total, height: 600.0 };
            assert_eq!(g.first(0.0), 0);
            let end = g.first(g.content() - g.height);
            assert!(end + g.visible() >= total, "{total}: the end is on the screen");
            for line in [0, total / 3, total / 2, total.saturating_sub(30)] {
                let there = g.first(g.scroll_to(line));
                assert!(there.abs_diff(line.min(total.saturating_sub(30))) <= 1, "{total}: {line} is {there}");
            }
        }
    }

    #[test]
    fn a_long_log_is_no_higher_than_browsers_allow() {
        assert_eq!(Geometry { total: 50_000_000, height: 600.0 }.content(), 8_000_000.0);
        assert_eq!(Geometry { total: 3, height: 600.0 }.content(), 600.0);
    }
}
