//! Starting the plugin again when its files change.

use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use super::{Running, Server, screen};

/// How often files are looked at.
const LOOK: Duration = Duration::from_millis(200);

/// When a file was last written, and its size; `None` while it is not there.
type Stamp = Option<(SystemTime, u64)>;

fn stamp(path: &Path) -> Stamp {
    let metadata = path.metadata().ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Watches the plugin's files. Streams that are under way end in the plugin that they began in.
pub(super) async fn watch(server: Rc<Server>) {
    let options = &server.options;
    let stamps = || {
        let configuration = options.configuration.as_deref().map(stamp);
        (stamp(&options.module), configuration)
    };
    let mut seen = stamps();
    loop {
        tokio::time::sleep(LOOK).await;
        let now = stamps();
        // Not there: somebody is about to write it.
        if now == seen || now.0.is_none() || now.1 == Some(None) {
            continue;
        }
        seen = now;
        match Running::start(options) {
            Ok(running) => {
                let running = Rc::new(running);
                server.replace(Rc::clone(&running));
                screen::note("the plugin was loaded again");
                server.settle(&running);
            }
            Err(error) => {
                screen::trouble(&format!("{error}: the plugin of before goes on"));
            }
        }
    }
}
