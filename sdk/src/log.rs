//! Logging from pieces, without `core::fmt`.

use crate::{arena, hostcall};

/// How much a line matters: the spec's `proxy_log_level_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
#[doc(alias = "proxy_log_level_t")]
#[allow(missing_docs)]
pub enum Level {
    Trace = 0,
    Debug = 1,
    Info = 2,
    Warn = 3,
    Error = 4,
    Critical = 5,
}

/// What can be a piece of a line: bytes and strings as they are, `u32` in decimal.
pub trait Piece: Sealed {
    #[doc(hidden)]
    fn write(&self);
}

/// While a text grows nothing else may be allocated, so nobody else writes pieces.
pub trait Sealed {}

impl Sealed for [u8] {}
impl<const N: usize> Sealed for [u8; N] {}
impl Sealed for str {}
impl<T: Sealed + ?Sized> Sealed for &T {}
impl Sealed for u32 {}

impl Piece for [u8] {
    #[inline(always)]
    fn write(&self) {
        arena::push(self);
    }
}

impl<const N: usize> Piece for [u8; N] {
    #[inline(always)]
    fn write(&self) {
        arena::push(self);
    }
}

impl Piece for str {
    #[inline(always)]
    fn write(&self) {
        arena::push(self.as_bytes());
    }
}

impl<T: Piece + ?Sized> Piece for &T {
    #[inline(always)]
    fn write(&self) {
        T::write(self);
    }
}

impl Piece for u32 {
    #[inline(always)]
    fn write(&self) {
        decimal(*self);
    }
}

/// Ten digits at most, so ten calls at most.
#[inline(never)]
fn decimal(number: u32) {
    const DIGITS: &[u8; 10] = b"0123456789";
    if number >= 10 {
        decimal(number / 10);
    }
    if let Some(digit) = DIGITS.as_chunks::<1>().0.get((number % 10) as usize) {
        arena::push(digit);
    }
}

/// Whether the host shows lines of this level.
#[doc(hidden)]
#[inline(always)]
pub fn shows(level: Level) -> bool {
    hostcall::shows(level)
}

/// Begins a line.
#[doc(hidden)]
#[inline(always)]
pub fn begin() {
    arena::begin_text();
}

/// Logs the line.
#[doc(hidden)]
#[inline(never)]
pub fn end(level: Level) {
    arena::end_text(|message| hostcall::log(level, message));
}

/// Logs a line of a [`Level`], put together from [`Piece`]s.
///
/// No piece is evaluated when the host does not show the level. A line for which memory cannot grow
/// is not logged.
///
/// ```
/// use whit::{Level, log};
/// let path: &[u8] = b"/a";
/// log!(Level::Info, "#", 2_u32, " -> ", path);
/// ```
///
/// Spec: "Logging", `proxy_log`, `proxy_get_log_level`.
#[doc(alias = "proxy_log")]
#[doc(alias = "proxy_get_log_level")]
#[macro_export]
macro_rules! log {
    ($level:expr, $($piece:expr),+ $(,)?) => {{
        let level = $level;
        if $crate::__::shows(level) {
            $crate::log!(@evaluate level; []; $($piece,)+);
        }
    }};
    // All pieces are evaluated before the first is written. Each step's `piece` is a name of its own.
    (@evaluate $level:ident; [$($done:ident)*]; $piece:expr, $($rest:tt)*) => {
        match &$piece {
            piece => $crate::log!(@evaluate $level; [$($done)* piece]; $($rest)*),
        }
    };
    (@evaluate $level:ident; [$($done:ident)*];) => {{
        $crate::__::begin();
        $($crate::Piece::write($done);)*
        $crate::__::end($level);
    }};
}

macro_rules! levels {
    ($d:tt $($name:ident $level:ident)*) => {$(
        #[doc = concat!("[`log!`](crate::log!) at [`Level::", stringify!($level), "`](crate::Level).")]
        #[macro_export]
        macro_rules! $name {
            ($d($d piece:expr),+ $d(,)?) => {
                $crate::log!($crate::Level::$level, $d($d piece),+)
            };
        }
    )*};
}

levels! { $
    trace Trace
    debug Debug
    info Info
    warn Warn
    error Error
    critical Critical
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::double;

    #[test]
    fn a_line_is_put_together_from_pieces() {
        let bytes: &[u8] = b"\xffbytes";
        double::set_log_level(Level::Debug);
        debug!("#", 0_u32, " ", 4_294_967_295_u32, ":", bytes, b"!", "");
        info!("one");
        let lines =
            [(Level::Debug, b"#0 4294967295:\xffbytes!".to_vec()), (Level::Info, b"one".to_vec())];
        assert_eq!(double::take_log(), lines);
    }

    #[test]
    fn nothing_is_evaluated_below_the_level() {
        let evaluated = core::cell::Cell::new(0_u32);
        let piece = || {
            evaluated.set(evaluated.get() + 1);
            "piece"
        };
        double::set_log_level(Level::Warn);
        trace!(piece());
        info!(piece());
        warn!(piece());
        critical!(piece());
        assert_eq!((evaluated.get(), double::take_log().len()), (2, 2));
    }

    #[test]
    fn a_line_that_does_not_fit_is_not_logged_and_the_next_is() {
        let large = [b'a'; 0x1_0000];
        double::set_log_level(Level::Info);
        info!("a", large, "", "b");
        info!("fits");
        assert_eq!(double::take_log(), [(Level::Info, b"fits".to_vec())]);
    }
}
