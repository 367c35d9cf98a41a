//! The head of an HTTP/1 message, as a suite can write it, in the fields of HTTP/2.

type Fields = Vec<(Vec<u8>, Vec<u8>)>;

/// The fields of a head. Names are in lower case.
///
/// # Errors
/// What is wrong, with the head's own line.
pub(super) fn parse(head: &[u8], request: bool) -> Result<Fields, String> {
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).enumerate();
    let wrong = |line: usize, what: &str, found: &[u8]| {
        let found = String::from_utf8_lossy(found);
        format!("line {} of it: expected {what}, found {found:?}", line + 1)
    };
    let (_, first) = lines.next().unwrap_or_default();
    let begin = if request { request_line(first) } else { status_line(first) };
    let mut fields = begin.map_err(|what| wrong(0, what, first))?;
    let is_url = fields.iter().any(|(name, _)| name == b":authority");
    let mut host = None;
    for (n, line) in lines.by_ref() {
        if line.is_empty() {
            break;
        }
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(0);
        let (name, value) = line.split_at(colon);
        let value = value[1..].trim_ascii();
        if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
            return Err(wrong(n, "a header, such as `name: value`", line));
        }
        let name = name.to_ascii_lowercase();
        if request && name == b"host" {
            host.get_or_insert(value);
        } else {
            fields.push((name, value.to_owned()));
        }
    }
    if let Some((n, line)) = lines.find(|(_, line)| !line.is_empty()) {
        return Err(wrong(n, "nothing after an empty line: a body has its own phase", line));
    }
    // A URL says it as well, and wins.
    if let Some(host) = host.filter(|_| !is_url) {
        let name = if host.is_empty() { "host" } else { ":authority" };
        fields.push((name.into(), host.to_owned()));
    }
    Ok(fields)
}

fn status_line(line: &[u8]) -> Result<Fields, &'static str> {
    let mut words = line.split(|byte| *byte == b' ');
    let version = words.next().filter(|version| version.starts_with(b"HTTP/"));
    let status = words.next().filter(|status| status.len() == 3);
    let status = status.filter(|status| version.is_some() && status.iter().all(u8::is_ascii_digit));
    let status = status.ok_or("a status line, such as `HTTP/1.1 200 OK`")?;
    Ok(vec![(":status".into(), status.to_owned())])
}

fn request_line(line: &[u8]) -> Result<Fields, &'static str> {
    const WHAT: &str = "a request line, such as `GET / HTTP/1.1`";
    let line = std::str::from_utf8(line).map_err(|_| WHAT)?;
    let words: Vec<&str> = line.split(' ').collect();
    let [method, target, version] = words[..] else { return Err(WHAT) };
    if method.is_empty() || !version.starts_with("HTTP/") {
        return Err(WHAT);
    }
    let mut fields: Fields = vec![(":method".into(), method.into())];
    let mut say = |name: &str, value: String| fields.push((name.into(), value.into()));
    let path = if target.starts_with('/') {
        target.to_owned()
    } else {
        let (scheme, authority, path) = url(target).ok_or("a path or a URL")?;
        say(":scheme", scheme);
        say(":authority", authority);
        path
    };
    if !is_canonical(&path) {
        return Err("a path without `.`, `..` and what would be escaped");
    }
    say(":path", path);
    Ok(fields)
}

/// A URL's scheme, its host with the port unless that is the scheme's own, and its path with the query.
fn url(url: &str) -> Option<(String, String, String)> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let rest = rest.split('#').next()?;
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let authority = authority.rsplit('@').next()?.to_ascii_lowercase();
    let own_port = match scheme.as_str() {
        "http" => ":80",
        "https" => ":443",
        _ => ":",
    };
    let authority = authority.strip_suffix(own_port).unwrap_or(&authority).to_owned();
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let named = !authority.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
    named.then_some((scheme, authority, path))
}

/// Whether a browser would leave it as it is.
fn is_canonical(path: &str) -> bool {
    let is_escaped = |char: char| !char.is_ascii_graphic() || "\"<>`{}\\#".contains(char);
    let segments = path.split('?').next().unwrap_or_default();
    !path.contains(is_escaped) && !segments.split('/').any(|segment| [".", ".."].contains(&segment))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(head: &str) -> Vec<String> {
        let fields = parse(head.as_bytes(), true).expect("a head");
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        fields.iter().map(|(name, value)| format!("{}: {}", text(name), text(value))).collect()
    }

    #[test]
    fn a_url_says_scheme_authority_and_path() {
        for (url, authority, path) in [
            ("http://A.b:80", "a.b", "/"),
            ("http://a:443/b#c", "a:443", "/b"),
            ("http://u:p@[::1]:8080?c=/../", "[::1]:8080", "/?c=/../"),
        ] {
            let found = fields(&format!("GET {url} HTTP/1.1\nHost: other"));
            let wanted = [":method: GET", ":scheme: http"].map(str::to_owned);
            let rest = [format!(":authority: {authority}"), format!(":path: {path}")];
            assert_eq!(found, [wanted, rest].concat(), "{url}");
        }
        assert_eq!(fields("GET https://a:443/ HTTP/1.1")[2], ":authority: a");
    }

    #[test]
    fn a_path_leaves_the_authority_to_the_host() {
        let found = fields("GET /a HTTP/1.1\r\nHOST:  b\r\nX-Y:z\r\nhost: c\r\n");
        assert_eq!(found, [":method: GET", ":path: /a", "x-y: z", ":authority: b"]);
        assert_eq!(fields("GET / HTTP/1.1\nHost:\n")[2], "host: ");
    }
}
