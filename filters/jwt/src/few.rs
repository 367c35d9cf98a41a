//! A handful of things, where they lie: this filter has no allocator.

/// Up to sixteen things.
#[derive(Debug)]
pub struct Few<T> {
    items: [T; 16],
    size: usize,
}

impl<T: Copy + Default> Default for Few<T> {
    fn default() -> Self {
        Self { items: [T::default(); 16], size: 0 }
    }
}

impl<T> Few<T> {
    /// Adds one; `None` if there is no room.
    pub fn add(&mut self, item: T) -> Option<()> {
        *self.items.get_mut(self.size)? = item;
        self.size = self.size.wrapping_add(1);
        Some(())
    }

    pub fn items(&self) -> &[T] {
        self.items.get(..self.size).unwrap_or_default()
    }
}
