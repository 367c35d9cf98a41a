//! Maps that claim more than they hold. (What points outside the memory is tested in the runner itself.)

use super::*;

#[test]
fn a_map_of_four_billion_pairs_is_an_empty_one() {
    let plugin = start(&guest(&format!(
        r#"(import "env" "proxy_set_header_map_pairs" (func $set (param i32 i32 i32) (result i32)))
        (memory (export "memory") 1024)
        {}"#,
        on_request(
            "(memory.fill (i32.const 0) (i32.const 255) (i32.const 64000000))
            (drop (call $set (i32.const 0) (i32.const 0) (i32.const 64000000)))
            (drop (call $set (i32.const 0) (i32.const 0) (i32.const 1000000)))
            (memory.fill (i32.const 4) (i32.const 0) (i32.const 1000000))
            (drop (call $set (i32.const 0) (i32.const 0) (i32.const 1000000)))"
        )
    )));
    let exchange = plugin.exchange(&Request::get("/"), &Answer::direct(200, "ok"));
    assert_eq!(plugin.errors(), [""; 0]);
    assert_eq!(exchange.upstream, None, "without a path there is no route");
}
