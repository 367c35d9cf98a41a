//! A TCP filter with a plugin beside it that it does not read, against the double of the host's
//! functions; and what every context offers.
#![forbid(unsafe_code)]

use whit::__::double::{buffer, set_buffer, set_time, take_log, with_host};

#[whit::plugin]
mod plugin {
    use core::time::Duration;

    use whit::metric::{Counter, Gauge, Histogram};
    use whit::prelude::*;
    use whit::time::{Timestamp, monotonic};
    use whit::{compare_and_set_shared_data, info, set_shared_data};

    struct Root;

    impl Plugin for Root {
        fn on_vm_start(&mut self, plugin: &PluginContext<'_>, size: usize) -> Result<bool> {
            plugin.set_tick_period(Duration::from_secs(5))?;
            Ok(plugin.vm_configuration()?.len() == size)
        }

        fn on_queue_ready(&mut self, plugin: &PluginContext<'_>, queue: Queue) -> Result<()> {
            let mut bytes = 0;
            while plugin.scope(&mut bytes, move |bytes: &mut usize, plugin| {
                let message = plugin.dequeue(queue)?;
                *bytes += message.map_or(0, <[u8]>::len);
                Ok::<_, Status>(message.is_some())
            })? {}
            info!(bytes, " bytes");
            Ok(())
        }

        fn on_foreign_function(&mut self, plugin: &PluginContext<'_>, id: u32, size: usize) {
            let arguments = plugin.foreign_function_arguments().unwrap_or_default();
            info!("function ", id, " of ", size, ": ", arguments);
        }
    }

    #[derive(Default)]
    struct Connection {
        bytes: usize,
    }

    impl StreamFilter for Connection {
        fn on_new_connection(&mut self, stream: &Stream<'_>) -> Result<Action> {
            let address = stream.property(property::SOURCE_ADDRESS)?.unwrap_or_default();
            let port = stream.property(property::SOURCE_PORT)?;
            info!("from ", address, " ", port.unwrap_or(-1));
            stream.set_property(property!("seen"), b"yes")?;
            Ok(Action::Continue)
        }

        fn on_downstream_data(&mut self, stream: &Stream<'_>, size: usize, end: bool) -> Action {
            self.bytes += size;
            let _ = stream.downstream_data().append(b"!");
            if end { Action::Continue } else { Action::Pause }
        }

        fn on_upstream_data(&mut self, stream: &Stream<'_>, _: usize, _: bool) -> Result<Action> {
            let mut two = [0; 2];
            assert_eq!(stream.upstream_data().read_into(1, &mut two)?, 2);
            let mut chunks = Vec::new();
            stream.upstream_data().for_each_chunk(3, |chunk| {
                chunks.push(chunk.to_vec());
                Ok(())
            })?;
            assert_eq!((&two, chunks.concat().len()), (b"bc", stream.upstream_data().size()?));
            // No such property: the connection is closed.
            stream.call_foreign_function("nobody", b"")?;
            Ok(Action::Continue)
        }

        fn on_downstream_connection_close(&mut self, stream: &Stream<'_>, peer: Peer) {
            info!("closed by the client: ", peer == Peer::REMOTE, " after ", self.bytes);
            let _ = stream.close_upstream();
        }

        fn on_log(&mut self, stream: &Stream<'_>) -> Result<()> {
            everything(stream)
        }
    }

    fn everything(stream: &Stream<'_>) -> Result<()> {
        let counter = Counter::define("count")?;
        counter.increment(2)?;
        assert_eq!(counter.increment(0), Err(Status::BAD_ARGUMENT));
        assert_eq!(counter.increment(u64::MAX), Err(Status::BAD_ARGUMENT));
        assert_eq!(counter.value(), Ok(2));
        let gauge = Gauge::define("gauge")?;
        gauge.record(7)?;
        gauge.change(-3)?;
        assert_eq!(gauge.value(), Ok(4));
        Histogram::define("histogram")?.record(1)?;

        assert_eq!(stream.shared_data("key"), Ok(None));
        set_shared_data("key", b"1")?;
        let (value, cas) = stream.shared_data("key")?.ok_or(Status::NOT_FOUND)?;
        assert_eq!(value, b"1");
        compare_and_set_shared_data("key", b"2", cas)?;
        assert_eq!(compare_and_set_shared_data("key", b"3", cas), Err(Status::CAS_MISMATCH));
        let mut raced = false;
        let set = stream.update_shared_data("key", |old| {
            // Somebody else is faster, once.
            if !std::mem::replace(&mut raced, true) {
                set_shared_data("key", b"9")?;
            }
            Ok([old.unwrap_or_default(), b"!"].concat())
        });
        assert_eq!(set.as_deref(), Ok(&b"9!"[..]));
        let never =
            stream.update_shared_data("key", |_| set_shared_data("key", b"0").map(|()| b"1"));
        assert_eq!(never, Err(Status::CAS_MISMATCH));

        assert_eq!(Queue::resolve("vm", "queue"), Err(Status::NOT_FOUND));
        let queue = Queue::register("queue")?;
        queue.enqueue(b"message")?;
        assert_eq!(Queue::resolve("vm", "queue"), Ok(queue));
        assert_eq!(stream.dequeue(queue), Ok(Some(&b"message"[..])));
        assert_eq!(stream.dequeue(queue), Ok(None));

        assert_eq!(stream.call_foreign_function("echo", b"hey"), Ok(&b"hey"[..]));
        assert_eq!(Timestamp::now()?.as_secs(), 5);
        assert_eq!(monotonic()?, Duration::from_secs(5));
        let mut random = [0; 3];
        whit::random(&mut random)?;
        assert_eq!(random, [4; 3], "chosen by a fair dice roll");
        assert_eq!(whit::random(&mut [0; 0x1_0001]), Err(Status::BAD_ARGUMENT));
        assert_eq!(stream.environment()?.get("NAME"), Some(&b"value"[..]));
        assert_eq!(stream.environment()?.count(), 2);
        assert_eq!(stream.grpc_status(), Ok((14, &b"unavailable"[..])));
        assert_eq!(whit::log_level(), Level::Info);
        assert_eq!(stream.scratch(5)?, [0; 5]);
        let service = stream.grpc_service("c".repeat(200))?;
        assert_eq!(service.as_bytes()[..6], *b"\x0a\xcb\x01\x0a\xc8\x01");
        assert_eq!(stream.grpc_service(""), Err(Status::BAD_ARGUMENT));
        let text =
            text!(stream, "a", 1_u8, -2_i32, ' '.to_string().as_str(), whit::Hex(0xbeef), true)?;
        assert_eq!(text, b"a1-2 beeftrue");
        Ok(())
    }

    fn log() -> Vec<String> {
        super::take_log()
            .into_iter()
            .map(|(_, line)| String::from_utf8_lossy(&line).into_owned())
            .collect()
    }

    #[test]
    fn a_connection_has_a_value_until_it_is_deleted() {
        let address = property::SOURCE_ADDRESS.path().to_vec();
        super::with_host(|host| host.properties.insert(address, b"1.2.3.4:5".to_vec()));
        assert_eq!(proxy_on_new_connection(7), 0);
        super::set_buffer(2, b"data");
        assert_eq!(proxy_on_downstream_data(7, 4, 0), 1);
        assert_eq!(proxy_on_downstream_data(7, 5, 1), 0);
        assert_eq!(super::buffer(2).as_deref(), Some(&b"data!!"[..]));
        super::set_buffer(3, b"abcdefgh");
        assert_eq!(proxy_on_upstream_data(7, 8, 0), 1);
        proxy_on_downstream_connection_close(7, 2);
        super::with_host(|host| {
            assert_eq!(host.closed, [2, 3]);
            assert_eq!(host.properties[&b"seen"[..]], b"yes");
        });
        let lines = [
            "from 1.2.3.4:5 -1",
            "on_upstream_data: status 1",
            "closed by the client: true after 9",
        ];
        assert_eq!(log(), lines);
        proxy_on_delete(7);
        proxy_on_downstream_connection_close(7, 0);
        assert_eq!(log(), ["closed by the client: false after 0"]);
    }

    #[test]
    fn every_context_offers_everything() {
        super::set_time(5_000_000_000);
        super::with_host(|host| {
            host.status = (14, b"unavailable".to_vec());
            host.environment = vec![b"NAME=value".to_vec(), b"EMPTY=".to_vec()];
        });
        proxy_on_log(1);
        assert_eq!(log(), [""; 0]);
        // Whatever a host refuses is an error, and nothing worse.
        for refuses in [1, 2, 3, 4, 7, 8, 10, 12, 4711, u32::MAX] {
            super::with_host(|host| host.refuses = refuses);
            proxy_on_log(1);
            assert_eq!(log(), [format!("on_log: status {refuses}")]);
        }
    }

    #[test]
    fn a_plugin_starts_and_works_on_queues() {
        super::set_buffer(6, b"config");
        assert_eq!((proxy_on_vm_start(1, 6), proxy_on_vm_start(1, 7)), (1, 0));
        super::with_host(|host| {
            assert_eq!(host.tick_period, 5000);
            host.queues.push((b"jobs".to_vec(), [b"one".to_vec(), b"three".to_vec()].into()));
        });
        proxy_on_queue_ready(1, 1);
        proxy_on_queue_ready(1, 2);
        super::set_buffer(8, b"x");
        proxy_on_foreign_function(1, 3, 1);
        let lines = ["8 bytes", "on_queue_ready: status 1", "function 3 of 1: x"];
        assert_eq!(log(), lines);
    }
}
