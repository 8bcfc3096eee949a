//! The order of the text.

use std::collections::BinaryHeap;

/// Sorts what has a place in a text; what has the same keeps its order. (A heap
/// takes far less code than `slice::sort`, of which a module has a copy for each
/// type.)
pub(crate) fn by_place<T>(items: Vec<T>, place: impl Fn(&T) -> (usize, usize)) -> Vec<T> {
    let places = items.iter().map(place).zip(0..);
    let order = places
        .map(|((start, end), index)| (start, end, index))
        .collect::<BinaryHeap<(usize, usize, usize)>>()
        .into_sorted_vec();
    let mut items: Vec<_> = items.into_iter().map(Some).collect();
    let sorted = order
        .iter()
        .map(|&(.., index)| items.get_mut(index)?.take());
    sorted.flatten().collect()
}
