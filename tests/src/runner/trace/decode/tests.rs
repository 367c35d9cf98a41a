use super::super::super::headers::Headers;
use super::super::super::shape::{Word, shape};
use super::*;

/// An address that nothing lies at.
const NOWHERE: u32 = u32::MAX - 1;

/// A page, with these bytes at these addresses.
fn memory(parts: &[(u32, &[u8])]) -> Vec<u8> {
    let mut memory = vec![0; 65_536];
    for (address, bytes) in parts {
        memory[*address as usize..][..bytes.len()].copy_from_slice(bytes);
    }
    memory
}

fn shown(args: &[Arg]) -> String {
    args.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What goes in and what comes out, as text.
fn decode(shape: &Shape, words: &[u64], memory: &[u8]) -> (String, String) {
    let mut room = 1 << 20;
    let mut decoder = Decoder { memory, room: &mut room };
    (shown(&decoder.inputs(shape, words)), shown(&decoder.outputs(shape, words)))
}

fn input(shape: &Shape, words: &[u32], memory: &[u8]) -> String {
    let words: Vec<u64> = words.iter().map(|word| word.word()).collect();
    let (input, output) = decode(shape, &words, memory);
    assert_eq!(output, "");
    input
}

fn output(shape: &Shape, words: &[u32], memory: &[u8]) -> String {
    let words: Vec<u64> = words.iter().map(|word| word.word()).collect();
    let (input, output) = decode(shape, &words, memory);
    assert_eq!(input, "");
    output
}

#[test]
fn numbers_have_their_names() {
    let numbers = shape!("", (a: Number, b: Bool, c: Bool, d: Address, e: GrpcStatus));
    assert_eq!(
        input(&numbers, &[u32::MAX, 1, 2, 16, u32::MAX], &[]),
        "a: 4294967295, b: true, c: 2, d: 0x…, e: -1"
    );
    let named = shape!("", (a: Action, b: Buffer, c: Clock, d: Errno, e: File, f: GrpcStatus,
        g: Level, h: Map, i: Metric, j: Peer, k: Status, l: Stream));
    assert_eq!(
        input(&named, &[1; 12], &[]),
        "a: PAUSE, b: HTTP_RESPONSE_BODY, c: MONOTONIC, d: 1, e: STDOUT, f: CANCELLED, g: DEBUG, \
         h: HTTP_REQUEST_TRAILERS, i: GAUGE, j: LOCAL, k: NOT_FOUND, l: HTTP_RESPONSE"
    );
    assert_eq!(
        input(&named, &[99; 12], &[]),
        "a: 99, b: 99, c: 99, d: 99, e: 99, f: 99, g: 99, h: 99, i: 99, j: 99, k: 99, l: 99"
    );
    let wide = shape!("", (context: Context, a: Wide, b: SignedWide));
    let words = [7, u64::MAX, (-5_i64).word()];
    let both = ("a: 18446744073709551615, b: -5".to_owned(), String::new());
    assert_eq!(decode(&wide, &words, &[]), both);
}

#[test]
fn what_a_guest_hands_over_is_an_address_and_a_size() {
    let shape = shape!("", (key: Bytes, key_size: Size, path: Path, path_size: Size));
    let memory = memory(&[(8, b"content-type"), (65_528, b"xds\0node")]);
    assert_eq!(
        input(&shape, &[8, 12, 65_528, 8], &memory),
        "key: \"content-type\", path: xds.node"
    );
    assert_eq!(input(&shape, &[0, 0, 65_536, 0], &memory), "key: \"\", path: \"\"");
    assert_eq!(
        input(&shape, &[65_530, 7, NOWHERE, u32::MAX], &memory),
        "key: (7 bytes at 0xfffa, outside the memory), \
         path: (4294967295 bytes at 0xfffffffe, outside the memory)"
    );
}

#[test]
fn maps_are_names_and_values() {
    let shape = shape!("", (headers: Pairs, headers_size: Size));
    let map = pairs::serialize(&Headers::from([(":path", "/"), ("a", "b\"")]));
    let size = map.len() as u32;
    let memory = memory(&[(16, &map)]);
    assert_eq!(input(&shape, &[16, size], &memory), r#"headers: {":path": "/", "a": "b\""}"#);
    for empty in [[0, 0], [0, 1], [0, 4]] {
        assert_eq!(input(&shape, &empty, &memory), "headers: {}");
    }
    assert_eq!(input(&shape, &[16, 5], &memory), r#"headers: "\u{2}\0\0\0\u{5}" (no map)"#);
    let lie = "headers: (9 bytes at 0xfffffffe, outside the memory)";
    assert_eq!(input(&shape, &[NOWHERE, 9], &memory), lie);
}

/// Over 1024 pairs are none to a host, and those that it hands over itself may be more.
#[test]
fn a_host_takes_so_many_pairs_and_gives_any_number() {
    let map = pairs::serialize(&(0..1025).map(|n| (n.to_string(), "")).collect());
    let size = map.len() as u32;
    let addresses = [1024_u32, size].map(u32::to_le_bytes).concat();
    let memory = memory(&[(8, &addresses), (1024, &map)]);
    let taken = shape!("", (pairs: Pairs, size: Size));
    assert!(input(&taken, &[1024, size], &memory).ends_with(" (no map)"));
    let given = shape!("", (pairs: PairsOut, size: Size));
    let given = output(&given, &[8, 12], &memory);
    assert!(given.starts_with(r#"pairs: {"0": "", "1": "","#), "{given}");
}

#[test]
fn targets_of_grpc_calls_are_clusters_where_they_are_messages() {
    let shape = shape!("", (upstream: Target, upstream_size: Size));
    let memory = memory(&[(8, b"\x0a\x05\x0a\x03abc"), (64, b"grpcbin"), (80, b"users")]);
    for (words, shown) in [
        ([8, 7], r#"upstream: cluster "abc""#),
        ([64, 7], r#"upstream: "grpcbin""#),
        ([80, 5], r#"upstream: "users""#),
        ([NOWHERE, 1], "upstream: (1 byte at 0xfffffffe, outside the memory)"),
    ] {
        assert_eq!(input(&shape, &words, &memory), shown);
    }
}

#[test]
fn vectors_are_their_bytes() {
    let shape = shape!("", (iovs: Vectors, iovs_len: Size));
    let vectors = [64_u32, 3, 128, 4, NOWHERE, 5].map(u32::to_le_bytes).concat();
    let memory = memory(&[(8, &vectors), (64, b"abc"), (128, b"defg")]);
    for (words, shown) in [
        ([8, 2], r#"iovs: "abcdefg""#),
        ([8, 0], r#"iovs: """#),
        ([8, 3], "iovs: (5 bytes at 0xfffffffe, outside the memory)"),
        ([65_532, 1], "iovs: (8 bytes at 0xfffc, outside the memory)"),
        ([0, u32::MAX], "iovs: (4294967295 bytes at 0x0, outside the memory)"),
    ] {
        assert_eq!(input(&shape, &words, &memory), shown);
    }
}

#[test]
fn what_the_host_has_written_is_found() {
    let addresses = [64_u32, 3].map(u32::to_le_bytes).concat();
    let memory = memory(&[(8, &addresses), (16, &7_u64.to_le_bytes()), (64, b"abc")]);
    let shape = shape!("", (value: BytesOut, size: Size, a: NumberOut, b: WideOut, c: LevelOut));
    assert_eq!(
        output(&shape, &[8, 12, 12, 16, 12], &memory),
        r#"value: "abc", a: 3, b: 7, c: WARN"#
    );
    let shape = shape!("", (place: PlaceOut, size: Size));
    assert_eq!(output(&shape, &[64, 2], &memory), r#"place: "ab""#);
    let shape = shape!("", (results: OptionalOut, size: Size));
    assert_eq!(output(&shape, &[8, 12], &memory), r#"results: "abc""#);
    assert_eq!(output(&shape, &[0, 12], &memory), "");
    assert_eq!(output(&shape, &[8, 0], &memory), "");
}

/// A host that says OK and writes nothing leaves what was there.
#[test]
fn what_is_found_may_lie_outside() {
    let lies = [NOWHERE, 3].map(u32::to_le_bytes).concat();
    let memory = memory(&[(8, &lies)]);
    let shape = shape!("", (value: BytesOut, size: Size, a: NumberOut, b: WideOut, c: PlaceOut));
    assert_eq!(
        output(&shape, &[8, 12, 65_533, 65_529, NOWHERE], &memory),
        "value: (3 bytes at 0xfffffffe, outside the memory), \
         a: (4 bytes at 0xfffd, outside the memory), \
         b: (8 bytes at 0xfff9, outside the memory), \
         c: (0 bytes at 0xfffffffe, outside the memory)"
    );
    let shape = shape!("", (pairs: PairsOut, size: Size));
    for (words, address) in [([NOWHERE, 8], "fffffffe"), ([8, 65_533], "fffd")] {
        let shown = format!("pairs: (4 bytes at 0x{address}, outside the memory)");
        assert_eq!(output(&shape, &words, &memory), shown);
    }
}

#[test]
fn what_there_is_no_room_for_is_not_kept() {
    let shape =
        shape!("", (a: Bytes, a_size: Size, b: Bytes, b_size: Size, c: Bytes, c_size: Size));
    let memory = memory(&[]);
    let mut room = 10;
    let mut decoder = Decoder { memory: &memory, room: &mut room };
    let args = decoder.inputs(&shape, &[0, 6, 0, 6, 0, 4]);
    assert_eq!(shown(&args), r#"a: "\0\0\0\0\0\0", b: (6 bytes, not kept), c: "\0\0\0\0""#);
    assert_eq!(room, 0);
}
