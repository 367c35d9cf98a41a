//! Metrics.

use crate::hostcall;
use crate::status::{Result, Status};

macro_rules! metric {
    ($(#[$attr:meta])* $name:ident, $type:literal) => {
        $(#[$attr])*
        ///
        /// Whoever defines the same name again gets the same metric. Envoy gives every worker thread's
        /// VM the same one.
        ///
        /// Spec: "Stats/metrics".
        #[doc(alias = "proxy_metric_type_t")]
        ///
        /// The default is no metric: until it is defined, the host answers [`Status::NOT_FOUND`].
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[repr(transparent)]
        pub struct $name(u32);

        impl $name {
            /// Defines it under a name, or finds it. Do so once, in a plugin's `on_configure`: the
            /// host looks the name up each time.
            ///
            /// # Errors
            /// [`Status::INTERNAL_FAILURE`]: the host restricts this capability.
            ///
            /// ```
            /// # use whit::metric::{Counter, Gauge, Histogram};
            /// # fn example() -> whit::Result<()> {
            /// let requests = Counter::define("requests")?;
            /// let depth = Gauge::define("depth")?;
            /// let sizes = Histogram::define("sizes")?;
            /// # Ok(())
            /// # }
            /// ```
            ///
            /// Spec: `proxy_define_metric`.
            #[doc(alias = "proxy_define_metric")]
            #[inline]
            pub fn define(name: impl AsRef<[u8]>) -> Result<Self> {
                hostcall::define_metric($type, name.as_ref()).map(Self)
            }

            /// The host's id of it.
            #[inline(always)]
            pub const fn id(self) -> u32 {
                self.0
            }
        }
    };
}

metric! {
    /// A metric that only grows.
    Counter, 0
}

metric! {
    /// A metric that goes up and down.
    Gauge, 1
}

metric! {
    /// A metric of many values, of which the host keeps the distribution.
    Histogram, 2
}

impl Counter {
    /// Adds to it: at least 1, at most `i64::MAX`.
    ///
    /// # Errors
    /// - [`Status::BAD_ARGUMENT`]: 0, or too much.
    /// - [`Status::NOT_FOUND`]: the host does not know this metric.
    ///
    /// ```
    /// use whit::metric::Counter;
    /// # fn count() -> whit::Result<()> {
    /// let requests = Counter::define("requests")?;
    /// requests.increment(1)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Spec: `proxy_increment_metric`.
    #[doc(alias = "proxy_increment_metric")]
    #[inline]
    pub fn increment(self, by: u64) -> Result<()> {
        match i64::try_from(by) {
            Ok(by @ 1..) => hostcall::increment_metric(self.0, by),
            _ => Err(Status::BAD_ARGUMENT),
        }
    }

    /// Its value.
    ///
    /// # Errors
    /// [`Status::NOT_FOUND`]: the host does not know this metric.
    ///
    /// ```
    /// # use whit::metric::Counter;
    /// # fn example() -> whit::Result<()> {
    /// let requests = Counter::define("requests")?;
    /// whit::info!(requests.value()?, " so far");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Spec: `proxy_get_metric`.
    #[doc(alias = "proxy_get_metric")]
    #[inline]
    pub fn value(self) -> Result<u64> {
        hostcall::get_metric(self.0)
    }
}

impl Gauge {
    /// Sets it.
    ///
    /// # Errors
    /// [`Status::NOT_FOUND`]: the host does not know this metric.
    ///
    /// ```
    /// # use whit::metric::Gauge;
    /// # fn example() -> whit::Result<()> {
    /// let depth = Gauge::define("depth")?;
    /// depth.record(7)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Spec: `proxy_record_metric`.
    #[doc(alias = "proxy_record_metric")]
    #[inline]
    pub fn record(self, value: u64) -> Result<()> {
        hostcall::record_metric(self.0, value)
    }

    /// Adds to it, or takes away.
    ///
    /// # Errors
    /// As for [`Gauge::record`].
    ///
    /// ```
    /// # use whit::metric::Gauge;
    /// # fn example() -> whit::Result<()> {
    /// let under_way = Gauge::define("under_way")?;
    /// under_way.change(1)?;
    /// under_way.change(-1)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Spec: `proxy_increment_metric`.
    #[inline]
    pub fn change(self, by: i64) -> Result<()> {
        hostcall::increment_metric(self.0, by)
    }

    /// Its value.
    ///
    /// # Errors
    /// As for [`Gauge::record`].
    ///
    /// ```
    /// # use whit::metric::Gauge;
    /// # fn example() -> whit::Result<()> {
    /// let under_way = Gauge::define("under_way")?;
    /// whit::info!(under_way.value()?, " under way");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Spec: `proxy_get_metric`.
    #[inline]
    pub fn value(self) -> Result<u64> {
        hostcall::get_metric(self.0)
    }
}

impl Histogram {
    /// Adds a value. No host tells what was recorded.
    ///
    /// # Errors
    /// [`Status::NOT_FOUND`]: the host does not know this metric.
    ///
    /// ```
    /// # use whit::metric::Histogram;
    /// # fn example() -> whit::Result<()> {
    /// let sizes = Histogram::define("sizes")?;
    /// sizes.record(4096)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Spec: `proxy_record_metric`.
    #[inline]
    pub fn record(self, value: u64) -> Result<()> {
        hostcall::record_metric(self.0, value)
    }
}
