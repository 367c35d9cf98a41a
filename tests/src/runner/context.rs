//! Contexts of a VM: plugin contexts, and the streams that belong to them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::headers::Headers;
use super::host::Setup;

/// A plugin context, or a stream context.
#[derive(Debug)]
pub(crate) struct Context {
    /// The plugin context that a stream belongs to; 0 for a plugin context.
    pub(crate) parent: u32,
    pub(crate) setup: Arc<Setup>,
    /// Whether the plugin configuration can be read now.
    pub(crate) configuring: bool,
    /// Of a stream.
    pub(crate) http: Option<Http>,
    /// Of a plugin context: the answer whose callback runs.
    pub(crate) answer: Option<CallAnswer>,
}

impl Context {
    /// A plugin context, or the one of the VM.
    pub(crate) fn plugin(setup: &Arc<Setup>) -> Self {
        let setup = Arc::clone(setup);
        Self { parent: 0, setup, configuring: false, http: None, answer: None }
    }

    /// A stream of a plugin.
    pub(crate) fn http(setup: &Arc<Setup>, parent: u32, messages: &Rc<RefCell<Messages>>) -> Self {
        let http = Http {
            messages: Rc::clone(messages),
            request: Side::default(),
            response: Side::default(),
            logging: false,
        };
        Self { parent, http: Some(http), ..Self::plugin(setup) }
    }
}

/// What a filter's hostcalls can reach of an HTTP stream.
#[derive(Debug)]
pub(crate) struct Http {
    pub(crate) messages: Rc<RefCell<Messages>>,
    pub(crate) request: Side,
    pub(crate) response: Side,
    /// In on_log: all headers can be read, and nothing can be changed any more.
    pub(crate) logging: bool,
}

/// The request, or the response, as one filter reaches it.
#[derive(Debug, Default)]
pub(crate) struct Side {
    /// Whether hostcalls reach the headers.
    pub(crate) headers: bool,
    /// The part of the body that hostcalls reach.
    pub(crate) body: Option<Vec<u8>>,
}

/// What the filters of an HTTP stream share.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    pub(crate) request: Fields,
    pub(crate) response: Fields,
    /// What guests set with `proxy_set_property`.
    pub(crate) properties: HashMap<Vec<u8>, Vec<u8>>,
}

/// The fields of a message that has begun.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) headers: Option<Headers>,
}

/// The answer to an HTTP callout.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallAnswer {
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Option<Headers>,
}
