//! Chance, the same for the same seed.

use std::cell::RefCell;

use fastrand::Rng;

/// A source of choices.
pub struct Dice(RefCell<Rng>);

impl Dice {
    /// The choices that belong to a seed.
    pub fn new(seed: u64) -> Self {
        Self(RefCell::new(Rng::with_seed(seed)))
    }

    /// True once in so many times.
    pub fn one_in(&self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// A number below another, which is not 0.
    pub fn below(&self, end: usize) -> usize {
        self.0.borrow_mut().usize(..end)
    }

    /// One of some items, of which there is at least one.
    pub fn of<'t, T: ?Sized>(&self, items: &[&'t T]) -> &'t T {
        items[self.below(items.len())]
    }

    /// The position of one of some items, if there is any.
    pub fn index<T>(&self, items: &[T]) -> Option<usize> {
        (!items.is_empty()).then(|| self.below(items.len()))
    }

    /// One of some items, if there is any.
    pub fn choose<'t, T>(&self, items: &'t [T]) -> Option<&'t T> {
        self.index(items).map(|index| &items[index])
    }
}
